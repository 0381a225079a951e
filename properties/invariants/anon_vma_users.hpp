#pragma once

#include "properties/property.hpp"
#include "properties/tree_checks.hpp"

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

} // namespace anon_vma_users

template <class D>
struct OneOwner {
    static constexpr PropertyInfo info{"one-owner", PropertyKind::invariant,
                                       "all VMAs whose anon_vma is the same one belong to one process",
                                       "page_move_anon_rmap, vma_merge (CVE-2022-42703)"};

    static void whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        const Vma<D>* first = nullptr;
        anon_vma_users::each_user(world, id, anon_vma, [&](const Vma<D>& vma) {
            if (first == nullptr) first = &vma;
            if (vma.mm != first->mm)
                report.add(info, "{} is owned by two processes: {} of process {} and {} of process {}", describe(id),
                           describe(*first), slot_of(world, first->mm), describe(vma), slot_of(world, vma.mm));
        });
    }
};

template <class D>
struct EqualChains {
    static constexpr PropertyInfo info{"equal-chains", PropertyKind::invariant,
                                       "two VMAs of a process with the same anon_vma have the same anon_vmas in their chains",
                                       "anon_vma_merge"};

    static void whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        const Vma<D>* first = nullptr;
        anon_vma_users::each_user(world, id, anon_vma, [&](const Vma<D>& vma) {
            if (first == nullptr) first = &vma;
            if (vma.mm != first->mm) return; // one-owner's finding
            const Avc<D>* a = world.find(first->chain_newest);
            const Avc<D>* b = world.find(vma.chain_newest);
            while (a != nullptr && b != nullptr && a->anon_vma == b->anon_vma) {
                a = world.find(a->older);
                b = world.find(b->older);
            }
            if (a != nullptr || b != nullptr)
                report.add(info, "{} and {} both use {} but have different chains", describe(*first), describe(vma), describe(id));
        });
    }
};

} // namespace vmacheck
