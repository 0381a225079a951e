#pragma once

#include "properties/step/property.hpp"
#include "properties/step/tree_checks.hpp"

namespace vmacheck {
namespace anon_vma_users {

// Calls f(vma) for each VMA of the anon_vma's tree whose own anon_vma it is.
template <class D, class F>
void each_user(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, F&& f) {
    each_in_order<AvcId>(
        anon_vma.rb_root, world.template pool<AvcId>().live() + 1, [&](AvcId at) { return avc_links(world, at); },
        [&](AvcId at) {
            if (const Vma<D>* vma = world.find(world.find(at)->vma); vma != nullptr && vma->anon_vma == id) f(*vma);
            return true;
        });
}

// Another VMA whose anon_vma is the same, if this one has come to it in the last step; or nullptr. What held of the
// users before holds now if the newcomer is like any of them, so trees too large to be walked after each step are
// covered too.
template <class D>
const Vma<D>* user_before_newcomer(const World<D>& world, VmaId id, const Vma<D>& vma) {
    const Vma<D>* before = world.before(id);
    const AnonVma* anon_vma = world.find(vma.anon_vma);
    if (anon_vma == nullptr || (before != nullptr && before->anon_vma == vma.anon_vma)) return nullptr;
    if (anon_vma->num_active_vmas < 2) return nullptr;  // a wrong count is another property's finding
    const Vma<D>* other = nullptr;
    each_in_order<AvcId>(
        anon_vma->rb_root, world.template pool<AvcId>().live() + 1, [&](AvcId at) { return avc_links(world, at); },
        [&](AvcId at) {
            const Vma<D>* user = world.find(world.find(at)->vma);
            if (user != nullptr && user != &vma && user->anon_vma == vma.anon_vma) other = user;
            return other == nullptr;
        });
    return other;
}

}  // namespace anon_vma_users

template <class D>
struct OneOwner {
    static constexpr PropertyInfo info{"one-owner", PropertyKind::invariant,
                                       "all VMAs whose anon_vma is the same one belong to one process",
                                       "page_move_anon_rmap, vma_merge (CVE-2022-42703)"};

    static void vma(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        const Vma<D>* other = anon_vma_users::user_before_newcomer(world, id, vma);
        if (other != nullptr && other->mm != vma.mm) two_owners(world, vma.anon_vma, *other, vma, report);
    }
    static void whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        const Vma<D>* first = nullptr;
        anon_vma_users::each_user(world, id, anon_vma, [&](const Vma<D>& vma) {
            if (first == nullptr) first = &vma;
            if (vma.mm != first->mm) two_owners(world, id, *first, vma, report);
        });
    }

private:
    static void two_owners(const World<D>& world, AnonVmaId id, const Vma<D>& a, const Vma<D>& b, Report& report) {
        const bool in_order = slot_of(world, a.mm) < slot_of(world, b.mm);
        const Vma<D>& first = in_order ? a : b;
        const Vma<D>& second = in_order ? b : a;
        report.add(info, "{} is owned by two processes: {} of process {} and {} of process {}", describe(id),
                   describe(first), slot_of(world, first.mm), describe(second), slot_of(world, second.mm));
    }
};

template <class D>
struct EqualChains {
    static constexpr PropertyInfo info{
        "equal-chains", PropertyKind::invariant,
        "two VMAs of a process with the same anon_vma have the same anon_vmas in their chains", "anon_vma_merge"};

    static bool equal(const World<D>& world, const Vma<D>& one, const Vma<D>& other) {
        const Avc<D>* a = world.find(one.chain_newest);
        const Avc<D>* b = world.find(other.chain_newest);
        while (a != nullptr && b != nullptr && a->anon_vma == b->anon_vma) {
            a = world.find(a->older);
            b = world.find(b->older);
        }
        return a == nullptr && b == nullptr;
    }
    static void vma(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        const Vma<D>* other = anon_vma_users::user_before_newcomer(world, id, vma);
        if (other != nullptr && other->mm == vma.mm && !equal(world, *other, vma))
            report.add(info, "{} came to {} of {} with a different chain", describe(vma), describe(vma.anon_vma),
                       describe(*other));
    }
    static void whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        const Vma<D>* first = nullptr;
        anon_vma_users::each_user(world, id, anon_vma, [&](const Vma<D>& vma) {
            if (first == nullptr) first = &vma;
            if (vma.mm != first->mm) return;  // one-owner's finding
            if (!equal(world, *first, vma))
                report.add(info, "{} and {} both use {} but have different chains", describe(*first), describe(vma),
                           describe(id));
        });
    }
};

}  // namespace vmacheck
