// The advices of madvise(2) that act on pages and leave the VMAs alone, but for VM_MAYBE_GUARD (v5.10.198 mm/madvise.c: madvise_dontneed_free,
// madvise_remove, madvise_cold, madvise_pageout, madvise_willneed).
//
// COLD and WILLNEED change no page table: what they do to the lists of reclaim and to the caches is not modelled.
// PAGEOUT reclaims at once the pages that only this process maps; of a file only where it was opened for writing, in
// place of the kernel's question whether the caller could, and then private copies too.
//
// GUARD_INSTALL drops the pages of its range and puts a marker in the place of each, which refuses every access and stays
// until GUARD_REMOVE or until the memory is unmapped (v7.1 mm/madvise.c madvise_guard_install, mm/memory.c
// zap_nonpresent_ptes, handle_pte_marker).
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Pages of a VMA that one MADV_GUARD_INSTALL makes guard pages at most; the kernel has no such bound. Those beyond it are
// dropped and stay ordinary memory.
inline constexpr unsigned guard_page_limit = 512;

// Applies the advice to the pages [start, end) of one VMA. *prev: the VMA, or none where the mmap_lock was dropped.
// ok; einval or eacces; of MADV_POPULATE and GUARD_INSTALL efault or enomem.
template <class D>
Errno madvise_pages(World<D>& world, VmaId vma, VmaId* prev, const Number<D>& start, const Number<D>& end,
                    Advice advice);

}  // namespace vmacheck
