// Swap space and the swap cache (v5.10 mm/swapfile.c swap_free, free_swap_and_cache, try_to_free_swap,
// reuse_swap_page; mm/memory.c do_swap_page; mm/rmap.c do_page_add_anon_rmap).
//
// A slot is named by page-table entries, which are counted, and by its page while that is in the swap cache. A page is
// read back once for all entries of its slot: later faults find it in the cache, and maps the same page. Swap space
// has no end but the failures injected, and nothing is read ahead.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// swap_free, free_swap_and_cache: one entry fewer names the slot. With the last one goes its page in the swap cache,
// unless that is mapped, and then the slot.
template <class D>
void swap_free(World<D>& world, SwapId slot);

// try_to_free_swap: takes the page out of the swap cache, and the slot away, if no entry names the slot. Whether the
// page is in no swap cache now.
template <class D>
bool try_to_free_swap(World<D>& world, PageId page);

// do_swap_page up to where the page is mapped; not yet the copy that a write to a shared page needs. ok or enomem.
template <class D>
Errno swap_in(World<D>& world, VmaId vma, PteId pte, bool write);

}  // namespace vmacheck
