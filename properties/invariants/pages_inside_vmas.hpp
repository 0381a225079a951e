// No page is mapped outside all VMAs. free_pgtables walks VMAs: such a page is never unmapped, and a later mapping at
// its address shows it. Broken by: munmap-keeps-last-page.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct PagesInsideVmas {
    static constexpr PropertyInfo info{"pages-inside-vmas", PropertyKind::invariant,
                                       "no page is mapped outside all VMAs", "unmap_region, free_pgtables"};
    static void unmapped_pte(const World<D>& world, const Pte<D>& pte, Report& report) {
        report.add(info, "{:#x} of process {} is mapped, but no VMA is there", address(pte.address),
                   slot_of(world, pte.mm));
    }
};

}  // namespace vmacheck
