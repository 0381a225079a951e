// All VMAs whose anon_vma is the same belong to one process. With two owners vma_merge joins VMAs of different chains,
// and pages are lost to reverse mapping (CVE-2022-42703). Broken by: av-double-reuse, av-fork-shares-parent.
#pragma once

#include "properties/step/anon_vma_users.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct OneOwner {
    static constexpr PropertyInfo info{"one-owner", PropertyKind::invariant,
                                       "all VMAs whose anon_vma is the same one belong to one process",
                                       "page_move_anon_rmap, vma_merge (CVE-2022-42703)"};
    static constexpr Changes reads = changed::anon_vma | changed::owner | changed::chain;

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

}  // namespace vmacheck
