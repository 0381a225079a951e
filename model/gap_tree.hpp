// The VMA list and mm_rb with rb_subtree_gap and highest_vm_end (v5.10 mm/mmap.c: vma_compute_gap, vma_gap_update,
// find_vma, find_vma_prev, __vma_link, __vma_unlink; mm/util.c: __vma_link_list).
//
// The gap of a VMA is the free space *below* it. It depends on the VMA's start and on the end of its predecessor, so
// code that moves an end must also update the gap of the VMA that follows. The space above the last VMA has no node:
// highest_vm_end bounds it.
#pragma once

#include "model/augmented_tree.hpp"
#include "model/state/world.hpp"

namespace vmacheck {

// The gap between a VMA's predecessor and its own start, guard gaps counted as not free. Pages.
template <class D>
Number<D> vma_gap(const World<D>& world, const Vma<D>& vma);

// Largest gap of the whole tree, pages; 0 without VMAs.
template <class D>
Number<D> max_gap(const World<D>& world, MmId mm);

// find_vma: the first VMA whose end is above the page, or none.
template <class D>
VmaId find_vma(const World<D>& world, MmId mm, const Number<D>& page);

// The VMA before the first one that ends above the page: find_vma_prev's *pprev. `found` is what find_vma returned.
template <class D>
VmaId prev_of(const World<D>& world, MmId mm, VmaId found);

template <class D>
VmaId last_vma(const World<D>& world, MmId mm);

// find_vma_intersection(start, end).
template <class D>
VmaId find_vma_intersection(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end);

// __vma_link: links the VMA after prev (none: first) into list and tree, updating its own gap and that of its
// successor, or highest_vm_end. Does not count it.
template <class D>
void link_into_mm(World<D>& world, VmaId vma, VmaId prev);

// __vma_unlink: takes the VMA out of tree and list. Gap of the successor and highest_vm_end are the caller's to update.
template <class D>
void unlink_from_mm(World<D>& world, VmaId vma);

// Its two halves, for a run of VMAs that all go: list neighbours of the run are joined first, so that the gap they
// leave can be updated once, before the erasures find it large enough already.
template <class D>
void unlink_from_list(World<D>& world, VmaId first, VmaId last);
template <class D>
void erase_from_mm_rb(World<D>& world, VmaId vma);

// vma_gap_update: recomputes the gap of a VMA whose start, or whose predecessor's end, has moved.
template <class D>
void vma_gap_update(World<D>& world, VmaId vma);

// Recomputes one node's rb_subtree_gap from its gap and its children (vma_compute_subtree_gap).
template <class D>
Number<D> computed_subtree_gap(const World<D>& world, const Vma<D>& vma);

}  // namespace vmacheck
