// Memory pressure takes a page: shrink_page_list for one page (v5.10 mm/vmscan.c), add_to_swap (mm/swap_state.c) and
// try_to_unmap (mm/rmap.c).
//
// An anonymous page goes to swap space, a page that was lazily freed and not written since is dropped, and a page of a
// file just leaves its mappings. That is done wherever the walk over the reverse mapping finds the page.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// ok: nothing maps the page any more. enomem: no slot of swap space, and nothing has changed. eagain: it stays, because
// a VM_LOCKED VMA maps it or it was written after it was lazily freed; entries that the walk met before are gone all
// the same.
template <class D>
Errno reclaim_page(World<D>& world, PageId page);

}  // namespace vmacheck
