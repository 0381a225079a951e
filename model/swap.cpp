#include "model/swap.hpp"

#include "model/faults/chains.hpp"
#include "model/faults/pages.hpp"
#include "model/page_table.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// reuse_swap_page: the page is for this entry alone, and leaves the swap cache.
template <class D>
bool reuse_swap_page(World<D>& world, PageId id, SwapId slot) {
    if (world[id].mapcount + world[slot].count != 1) return false;
    Page<D>& page = world.change(id);
    page.swap = {};
    page.dirty = true;
    if (!world.has_fault(faults::reuse_keeps_slot)) world.change(slot).page = {};
    return true;
}

// do_page_add_anon_rmap, __page_set_anon_rmap: the first to map a page says where it is found. Where others may map it
// too, that is the oldest anon_vma they can all be found from. A page that stayed in the swap cache keeps its place.
template <class D>
void add_anon_rmap(World<D>& world, PageId id, VmaId vma_id, const Number<D>& address, bool exclusive) {
    const Vma<D>& vma = world[vma_id];
    const AnonVma& own = world[vma.anon_vma];
    if (world[id].anon_vma) {
        world.bug_on(world[id].mapcount > 0 && world[world[id].anon_vma].root != own.root,
                     "page of another family of anon_vmas");
        world.bug_on(world[id].mapcount > 0 && world[id].index != linear_page_index(vma, address),
                     "page mapped at another offset than its index");
        return;
    }
    Page<D>& page = world.change(id);
    const bool oldest = !exclusive && !world.has_fault(faults::av_oldest_mapping);
    page.anon_vma = oldest ? own.root : vma.anon_vma;
    page.index = linear_page_index(vma, address);
}

}  // namespace

template <class D>
void swap_free(World<D>& world, SwapId id) {
    SwapSlot& slot = world.change(id);
    world.bug_on(slot.count == 0, "swap count underflows");
    if (--slot.count > 0) return;
    if (slot.page) {
        if (world[slot.page].mapcount > 0) return;
        world.free(slot.page);
    }
    world.free(id);
}

template <class D>
bool try_to_free_swap(World<D>& world, PageId id) {
    const SwapId slot = world[id].swap;
    if (!slot) return true;
    if (world[slot].count > 0) return false;
    Page<D>& page = world.change(id);
    page.swap = {};
    page.dirty = true;
    world.free(slot);
    return true;
}

template <class D>
Errno swap_in(World<D>& world, VmaId vma, PteId pte, bool write) {
    const FunctionScope scope(world, "do_swap_page");
    const SwapId slot = world[pte].swap;
    const Number<D> address = world[pte].address;
    world.bug_on(!world[vma].anon_vma, "a swapped-out page in a VMA without anon_vma");
    PageId page = world[slot].page;
    if (page) {
        world.emit(Event::swap_cache_hit, page.raw());
    } else {
        if (!world.may_allocate(AllocSite::swap_in_page)) return Errno::enomem;
        page = world.template allocate<PageId>();
        world.change(page).swap = slot;
        world.change(slot).page = page;
        world.emit(Event::page_swapped_in, page.raw());
    }
    const bool exclusive = write && reuse_swap_page(world, page, slot);
    add_anon_rmap(world, page, vma, address, exclusive);
    const bool writable = exclusive && (world[vma].flags & vm::write) != 0;
    set_pte(world, world[vma].mm, address, PteValue{page, {}, writable, exclusive});  // gives up the slot
    if ((world[vma].flags & vm::locked) != 0) try_to_free_swap(world, page);
    return Errno::ok;
}

template void swap_free(World<Plain>&, SwapId);
template bool try_to_free_swap(World<Plain>&, PageId);
template Errno swap_in(World<Plain>&, VmaId, PteId, bool);
template void swap_free(World<Traced>&, SwapId);
template bool try_to_free_swap(World<Traced>&, PageId);
template Errno swap_in(World<Traced>&, VmaId, PteId, bool);

}  // namespace vmacheck
