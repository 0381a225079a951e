// Where a mapping goes (v5.10 mm/mmap.c get_unmapped_area, unmapped_area, unmapped_area_topdown;
// arch/x86/kernel/sys_x86_64.c; of a file of hugetlbfs, arch/x86/mm/hugetlbpage.c hugetlb_get_unmapped_area).
#pragma once

#include "model/file_hooks.hpp"
#include "model/state/world.hpp"

namespace vmacheck {

template <class D>
struct UnmappedArea {
    Errno error = Errno::ok;  // enomem: no room; eperm: below mmap_min_addr; einval: not aligned
    Number<D> start;          // page number, if ok
};

inline constexpr std::uint64_t no_huge_pages = 0;
// Private anonymous memory, which some kernels place where transparent huge pages fit.
inline constexpr std::uint64_t transparent_huge_pages = 1;
// A file whose file system places long mappings where transparent huge pages fit.
inline constexpr std::uint64_t transparent_huge_file_pages = 2;
inline constexpr std::uint64_t thp_pages = 512;  // HPAGE_PMD_NR

// get_unmapped_area: for MAP_FIXED checks the address, otherwise honours the hint or searches. len in pages, above 0.
// huge: pages in a huge page, for a file of hugetlbfs; or one of the three above. pgoff: of the first page, for a file.
template <class D>
UnmappedArea<D> get_unmapped_area(const World<D>& world, MmId mm, const Bytes<D>& addr, const Number<D>& len,
                                  MapFlags flags, std::uint64_t huge = no_huge_pages, const Number<D>& pgoff = 0);

// Whether memory of this length and hint is placed at a multiple of thp_pages, where it is private and anonymous.
template <class D>
bool placed_for_thp(const World<D>& world, const Number<D>& hint, const Number<D>& len) {
    if (!world.parameters().thp) return false;
    switch (world.profile().policy.huge_alignment) {
        case HugeAlignment::none: return false;
        case HugeAlignment::large: return len >= thp_pages;
        case HugeAlignment::multiples: return hint == 0 && remainder(len, thp_pages) == 0;
    }
    return false;
}

// Whether that of a file is placed at a multiple in the file: it must hold a whole huge page of it. Offsets are compared as
// signed numbers of bytes: in the last huge page of 2^63 the next multiple is below everything, so that a page is enough,
// and a mapping that ends beyond them, as mremap lets it, ends below everything. Where a huge page more would pass 2^64,
// nothing is aligned.
template <class D>
bool file_placed_for_thp(const World<D>& world, const Number<D>& pgoff, const Number<D>& len) {
    if (!world.parameters().thp || !world.profile().policy.huge_aligned_files) return false;
    constexpr std::uint64_t first_negative = std::uint64_t{1} << (63 - page_shift);
    const Number<D> start = remainder(pgoff, 2 * first_negative);
    const Number<D> end = start + len;
    if (end + thp_pages >= 2 * first_negative) return false;
    const Number<D> beyond = remainder(start, thp_pages);
    const Number<D> multiple = beyond == 0 ? start : start - beyond + thp_pages;
    const bool is_negative = multiple >= first_negative;
    if (is_negative != (end >= first_negative)) return is_negative;
    return end >= multiple + thp_pages;
}

// The kind of huge page for get_unmapped_area, of a mapping of this file; of no file: private memory.
template <class D>
std::uint64_t huge_pages_of(const World<D>& world, FileId file) {
    if (!file) return transparent_huge_pages;
    const FileSpec& spec = spec_of(world, world[file]);
    if (is_file_hugepages(spec)) return world.parameters().huge_page_pages;
    return spec.huge_aligned ? transparent_huge_file_pages : no_huge_pages;
}

// vm_unmapped_area with the search limits [low, high), page numbers: the lowest, or highest, free place of len pages.
template <class D>
UnmappedArea<D> search_bottom_up(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                 const Number<D>& len);
template <class D>
UnmappedArea<D> search_top_down(const World<D>& world, MmId mm, const Number<D>& low, const Number<D>& high,
                                const Number<D>& len);

}  // namespace vmacheck
