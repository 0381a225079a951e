#include "model/reclaim.hpp"

#include "model/faults/pages.hpp"
#include "model/interval_tree.hpp"
#include "model/page_table.hpp"
#include "model/state/function_scope.hpp"
#include "model/swap.hpp"

namespace vmacheck {
namespace {

// How the walk continues after a VMA, and what it learnt about the page.
enum class Unmapped : std::uint8_t { yes, locked, redirtied };

// The entry of an anonymous page. The page inherits its dirty bit.
template <class D>
Unmapped unmap_anonymous(World<D>& world, PageId id, PteId pte_id, bool droppable) {
    world.bug_on(world[id].swap_backed != static_cast<bool>(world[id].swap),
                 "an anonymous page without a slot to be written to, or a lazily freed one with it");
    if (world[pte_id].dirty) world.change(id).dirty = true;
    if (world[id].swap_backed) {
        Pte<D>& pte = world.change(pte_id);
        pte.page = {};
        pte.swap = world[id].swap;
        if (!world.has_fault(faults::swap_entry_writable)) pte.writable = false;
        pte.dirty = false;
        ++world.change(pte.swap).count;
        --world.change(id).mapcount;  // the page itself is still in the swap cache
        world.emit(Event::page_swapped_out, pte_id.raw());
        return Unmapped::yes;
    }
    if (world[id].dirty && !droppable) {
        world.change(id).swap_backed = true;
        return Unmapped::redirtied;
    }
    zap_pte(world, pte_id);
    return Unmapped::yes;
}

// try_to_unmap_one: the VMA may map the page, at the one address that its offset says.
template <class D>
Unmapped try_to_unmap_one(World<D>& world, PageId id, VmaId vma_id) {
    const Vma<D>& vma = world[vma_id];
    const Number<D> index = world[id].index;
    world.bug_on(index < vma.pgoff || index > last_pgoff(vma), "reverse mapping leads to an address outside the VMA");
    const PteId pte = find_pte(world, vma.mm, vma.start + (index - vma.pgoff));
    if (!pte || world[pte].page != id) return Unmapped::yes;
    if ((vma.flags & vm::locked) != 0) return Unmapped::locked;
    if (world[id].anon_vma) return unmap_anonymous(world, id, pte, (vma.flags & vm::droppable) != 0);
    zap_pte(world, pte);
    return Unmapped::yes;
}

template <class D>
bool mapped(const World<D>& world, PageId id) {
    const Page<D>* page = world.find(id);
    return page != nullptr && page->mapcount > 0;
}

// rmap_walk_anon.
template <class D>
Unmapped walk_anon(World<D>& world, PageId page) {
    const AnonVmaId anon_vma = world[page].anon_vma;
    const AnonVmaId root = world[anon_vma].root;
    Unmapped last = Unmapped::yes;
    world.emit(Event::anon_vma_lock, root.raw());
    for (AvcId each : anon_vma_lookup(world, anon_vma, world[page].index)) {
        last = try_to_unmap_one(world, page, world[each].vma);
        if (last != Unmapped::yes || !mapped(world, page)) break;
    }
    world.emit(Event::anon_vma_unlock, root.raw());
    return last;
}

// rmap_walk_file.
template <class D>
Unmapped walk_file(World<D>& world, PageId page) {
    const AddressSpaceId mapping = world[page].mapping;
    Unmapped last = Unmapped::yes;
    world.emit(Event::i_mmap_lock, mapping.raw());
    for (VmaId each : i_mmap_lookup(world, mapping, world[page].index)) {
        last = try_to_unmap_one(world, page, each);
        if (last != Unmapped::yes || !mapped(world, page)) break;
    }
    world.emit(Event::i_mmap_unlock, mapping.raw());
    return last;
}

// add_to_swap.
template <class D>
Errno add_to_swap(World<D>& world, PageId id) {
    if (!world.may_allocate(AllocSite::add_to_swap_slot)) return Errno::enomem;
    const SwapId slot = world.template allocate<SwapId>();
    world.change(slot).page = id;
    Page<D>& page = world.change(id);
    page.swap = slot;
    page.dirty = true;
    return Errno::ok;
}

}  // namespace

template <class D>
Errno reclaim_page(World<D>& world, PageId id) {
    const FunctionScope scope(world, "try_to_unmap");
    const bool anonymous = static_cast<bool>(world[id].anon_vma);
    if (anonymous && world[id].swap_backed && !world[id].swap)
        if (const Errno error = add_to_swap(world, id); error != Errno::ok) return error;
    const Unmapped last = anonymous ? walk_anon(world, id) : walk_file(world, id);
    if (mapped(world, id)) {
        // A page found locked goes to the unevictable list, and needs no place in swap space.
        if (last == Unmapped::locked) try_to_free_swap(world, id);
        world.emit(Event::page_kept, id.raw());
        return Errno::eagain;
    }
    if (world.find(id) == nullptr) return Errno::ok;
    // __remove_mapping: written out, it leaves the swap cache too.
    world.change(world[id].swap).page = {};
    world.free(id);
    return Errno::ok;
}

template Errno reclaim_page(World<Plain>&, PageId);
template Errno reclaim_page(World<Traced>&, PageId);

}  // namespace vmacheck
