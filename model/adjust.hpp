// __vma_adjust (v5.10 mm/mmap.c): the one function that changes the boundaries of VMAs that stay.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

template <class D>
struct Adjustment {
    VmaId vma;        // the VMA to change
    Number<D> start;  // its new range, page numbers
    Number<D> end;
    Number<D> pgoff;  // its new offset, pages
    VmaId insert;     // a split's new piece, to be linked next to it; or none
    VmaId expand;     // the VMA that a merge keeps; or none
};

// Performs the change on list, trees, gaps and interval trees, imports the anon_vma chain of what is taken over, and
// frees absorbed VMAs. All or nothing: ok, or enomem (a chain could not be cloned) with nothing changed.
template <class D>
Errno vma_adjust(World<D>& world, const Adjustment<D>& adjustment);

}  // namespace vmacheck
