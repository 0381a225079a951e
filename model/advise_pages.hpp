// The advices of madvise(2) that act on pages and leave the VMAs alone (v5.10.198 mm/madvise.c: madvise_dontneed_free,
// madvise_remove, madvise_cold, madvise_pageout, madvise_willneed).
//
// COLD and WILLNEED change no page table: what they do to the lists of reclaim and to the caches is not modelled.
// PAGEOUT reclaims at once the pages that only this process maps; of a file only where it was opened for writing, in
// place of the kernel's question whether the caller could, and then private copies too.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Applies the advice to the pages [start, end) of one VMA. *prev: the VMA, or none where the mmap_lock was dropped.
// ok, einval or eacces.
template <class D>
Errno madvise_pages(World<D>& world, VmaId vma, VmaId* prev, const Number<D>& start, const Number<D>& end,
                    Advice advice);

}  // namespace vmacheck
