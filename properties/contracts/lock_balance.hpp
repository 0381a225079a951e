// Locks of v5.10 in their order: mmap_lock, then i_mmap_rwsem, then the root's anon_vma rwsem (the table at the head of
// mm/rmap.c). Read from the events of a step.
// A lock that is kept stops the process for good; the wrong order can stop two. Broken by: clone-error-keeps-lock.
#pragma once

#include "properties/step/property.hpp"

#include <boost/container/static_vector.hpp>

namespace vmacheck {

template <class D>
struct LockBalance {
    static constexpr PropertyInfo info{
        "lock-balance", PropertyKind::contract,
        "every lock an operation takes it releases on every path, innermost first, and takes "
        "in the order mmap_lock, i_mmap_rwsem, anon_vma rwsem",
        "down_write, up_write"};

    static constexpr bool of_interleaved = true;

    static void step(const Step<D>& step, Report& report) {
        if (!step.outcome.violations.empty()) return;
        boost::container::static_vector<EventRecord, 8> held;
        Taken taken;
        for (const EventRecord& each : step.outcome.events) {
            if (!is_lock_event(each.event)) [[likely]]
                continue;
            switch (each.event) {
                case Event::mmap_lock_write:
                case Event::mmap_lock_read: take(each, held, report); break;
                case Event::i_mmap_lock:
                case Event::anon_vma_lock:
                    take(each, held, report);
                    taken.push_back(each);
                    break;
                case Event::mmap_unlock_write: release(Event::mmap_lock_write, each, held, report); break;
                case Event::mmap_unlock_read: release(Event::mmap_lock_read, each, held, report); break;
                case Event::i_mmap_unlock: release(Event::i_mmap_lock, each, held, report); break;
                case Event::anon_vma_unlock: release(Event::anon_vma_lock, each, held, report); break;
                default: break;
            }
        }
        for (const EventRecord& each : held) report.add(info, "{} is never followed by its unlock", name(each.event));
        if (step.op.kind != OpKind::count && step.touched && !step.interleaved())
            trees_changed_under_lock(step, taken, report);
    }

private:
    using Taken = boost::container::small_vector<EventRecord, 8>;  // locks of trees

    // What puts a node into an interval tree, takes it out or gives it another key has held the tree's lock.
    static void trees_changed_under_lock(const Step<D>& step, const Taken& taken, Report& report) {
        const World<D>& world = step.world;
        for (const TouchedVma<D>& each : step.vmas) {
            if (each.only_linked) continue;
            const Vma<D>* old = each.before;
            const Vma<D>* vma = each.after;
            const bool was_in = old != nullptr && old->in_i_mmap;
            const bool is_in = vma != nullptr && vma->in_i_mmap;
            if (!was_in && !is_in) continue;
            if (was_in && is_in && each.was == each.is && same_key(old->shared, vma->shared)) continue;
            const Vma<D>& looked_at = is_in ? *vma : *old;
            const File<D>* file = is_in ? world.find(looked_at.file) : world.before(looked_at.file);
            if (file != nullptr && !took(taken, Event::i_mmap_lock, file->mapping.raw()))
                report.add(info, "the i_mmap of {} changed without its lock", describe(looked_at.file));
        }
        AnonVmaId locked;  // one that is known to have been: most edges of a step are in one tree
        world.template each_touched_object<AvcId>([&](AvcId before, const Avc<D>* old, AvcId after, const Avc<D>* avc) {
            if (old == nullptr && avc == nullptr) return;  // came and went
            const AnonVmaId id = avc != nullptr ? avc->anon_vma : old->anon_vma;
            if (id == locked) return;
            if (old != nullptr && avc != nullptr && before == after && old->in_tree == avc->in_tree &&
                same_key(old->interval, avc->interval))
                return;
            const AnonVma* anon_vma = avc != nullptr ? world.find(id) : world.before(id);
            if (anon_vma == nullptr) return;
            if (took(taken, Event::anon_vma_lock, anon_vma->root.raw()))
                locked = id;
            else
                report.add(info, "the tree of {} changed without the lock of its root", describe(id));
        });
    }
    static bool took(const Taken& taken, Event lock, std::uint32_t object) {
        for (const EventRecord& each : taken)
            if (each.event == lock && each.a == object) return true;
        return false;
    }

    template <class Held>
    static void take(const EventRecord& lock, Held& held, Report& report) {
        if (!held.empty() && rank(held.back().event) >= rank(lock.event))
            report.add(info, "{} while {} is held", name(lock.event), name(held.back().event));
        if (held.size() == held.capacity())
            report.add(info, "more than {} locks are held at once", held.capacity());
        else
            held.push_back(lock);
    }
    template <class Held>
    static void release(Event lock, const EventRecord& unlock, Held& held, Report& report) {
        if (held.empty() || held.back().event != lock || held.back().a != unlock.a)
            report.add(info, "{} releases a lock that is not the one taken last", name(unlock.event));
        else
            held.pop_back();
    }
    static int rank(Event lock) {
        if (lock == Event::anon_vma_lock) return 2;
        return lock == Event::i_mmap_lock ? 1 : 0;
    }
};

}  // namespace vmacheck
