// move_vma (v5.10 mm/mremap.c) and copy_vma (mm/mmap.c): the part of mremap that gives a range another address.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Page numbers and counts.
template <class D>
struct Move {
    VmaId vma;        // contains the old range
    Number<D> start;  // of the old range
    Number<D> old_len;
    Number<D> new_len;  // above 0
    Number<D> to;       // where nothing is mapped over new_len pages
    bool dontunmap = false;
};

// The first part of move_vma, which since 5.16 comes before the charge: its errors, and the split of a locked VMA that is to
// be moved in part without being unmapped.
template <class D>
Errno begin_move(World<D>& world, const Move<D>& move);

// Makes a VMA at the new address, moves what is mapped, and unmaps the old range (dontunmap: leaves it, empty). The
// charge of a growth is made by the caller, and is the caller's to return on failure. Sets *locked if the new range is
// locked. ok, or with the old range in place: enomem; the
// errno of a ->split or ->mremap that vetoes. Where a locked VMA was to be moved in part without unmapping it,
// its boundaries may stay split.
template <class D>
Errno move_vma(World<D>& world, const Move<D>& move, bool* locked);

}  // namespace vmacheck
