// Locks of v5.10 in their order: mmap_lock, then i_mmap_rwsem, then the root's anon_vma rwsem (the table at the head of
// mm/rmap.c). Read from the events of a step.
#pragma once

#include "properties/property.hpp"

#include <boost/container/static_vector.hpp>

namespace vmacheck {

template <class D>
struct LockBalance {
    static constexpr PropertyInfo info{
        "lock-balance", PropertyKind::contract,
        "every lock an operation takes it releases on every path, innermost first, and takes "
        "in the order mmap_lock, i_mmap_rwsem, anon_vma rwsem",
        "down_write, up_write"};

    static void step(const Step<D>& step, Report& report) {
        if (!step.outcome.violations.empty()) return;
        boost::container::static_vector<EventRecord, 8> held;
        for (const EventRecord& each : step.outcome.events) {
            if (each.event < Event::mmap_lock_write) continue;  // most events are no locks
            switch (each.event) {
                case Event::mmap_lock_write:
                case Event::mmap_lock_read:
                case Event::i_mmap_lock:
                case Event::anon_vma_lock: take(each, held, report); break;
                case Event::mmap_unlock_write: release(Event::mmap_lock_write, each, held, report); break;
                case Event::mmap_unlock_read: release(Event::mmap_lock_read, each, held, report); break;
                case Event::i_mmap_unlock: release(Event::i_mmap_lock, each, held, report); break;
                case Event::anon_vma_unlock: release(Event::anon_vma_lock, each, held, report); break;
                default: break;
            }
        }
        for (const EventRecord& each : held) report.add(info, "{} is never followed by its unlock", name(each.event));
    }

private:
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
