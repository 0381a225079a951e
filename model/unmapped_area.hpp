// Where a mapping goes (v5.10 mm/mmap.c get_unmapped_area, unmapped_area, unmapped_area_topdown;
// arch/x86/kernel/sys_x86_64.c; of a file of hugetlbfs, arch/x86/mm/hugetlbpage.c hugetlb_get_unmapped_area).
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

template <class D>
struct UnmappedArea {
    Errno error = Errno::ok;  // enomem: no room; eperm: below mmap_min_addr; einval: not aligned
    Number<D> start;          // page number, if ok
};

inline constexpr std::uint64_t no_huge_pages = 0;

// get_unmapped_area: for MAP_FIXED checks the address, otherwise honours the hint or searches. len in pages, above 0.
// huge: pages in a huge page, for a file of hugetlbfs.
template <class D>
UnmappedArea<D> get_unmapped_area(const World<D>& world, MmId mm, const Bytes<D>& addr, const Number<D>& len,
                                  MapFlags flags, std::uint64_t huge = no_huge_pages);

// vm_unmapped_area with the search limits [low, high), page numbers: the lowest, or highest, free place of len pages.
template <class D>
UnmappedArea<D> search_bottom_up(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                 const Number<D>& len);
template <class D>
UnmappedArea<D> search_top_down(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                const Number<D>& len);

}  // namespace vmacheck
