// Transparent huge pages, as far as they affect VMAs (v5.10 include/linux/huge_mm.h, mm/huge_memory.c).
//
// The fault of an address whose whole huge page lies in its VMA, with no page table there, goes to
// do_huge_pmd_anonymous_page, which prepares the anon_vma before it looks whether the access is a read. Here the fault then
// maps its one page; the other pages of the huge page, and the huge page itself, are left out (model/README.md, limits).
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Whether the fault of this page goes there: anonymous memory, huge pages are enabled for it, and no page of the huge page
// around it is mapped. The kernel asks whether there is a page table, which may be there still after its pages are gone.
template <class D>
bool suits_huge_page(const World<D>& world, const Vma<D>& vma, const Number<D>& page);

// Whether that holds of any page of [start, end), a part of the VMA.
template <class D>
bool any_suits_huge_page(const World<D>& world, const Vma<D>& vma, const Number<D>& start, const Number<D>& end);

}  // namespace vmacheck
