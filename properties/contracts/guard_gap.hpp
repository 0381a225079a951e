// What an address chosen by mmap (not MAP_FIXED) promises (v5.10 mm/mmap.c vm_unmapped_area,
// arch/x86/kernel/sys_x86_64.c). An address that is taken or within the guard gap lets a stack run into another
// mapping. Broken by: guard-gap-underflow, search-ignores-gap, search-skips-gap-below.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct GuardGap {
    static constexpr PropertyInfo info{
        "guard-gap", PropertyKind::contract,
        "an address handed out by mmap was free, is not within the guard gap of a stack above "
        "it, and is the one that the search promises",
        "vm_unmapped_area, expand_downwards"};
    // Up to this many VMAs the address is compared with a linear scan.
    static constexpr std::uint32_t scanned = 16;

    static void step(const Step<D>& step, Report& report);
};

extern template struct GuardGap<Plain>;
extern template struct GuardGap<Traced>;

}  // namespace vmacheck
