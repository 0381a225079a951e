#include "model/page_table.hpp"

#include "model/augmented_tree.hpp"
#include "model/faults/pages.hpp"
#include "model/swap.hpp"

namespace vmacheck {
namespace {

// Page tables and page cache need order only, no augmented value. They stand for other structures of the kernel, so
// that the faults of its trees are not in them.
template <class D>
struct PteLinks {
    using IdType = PteId;
    World<D>& world;
    MmId mm;
    const Pte<D>& at(PteId id) const { return world[id]; }
    Pte<D>& change(PteId id) { return world.change(id); }
    static auto& links_of(auto& object) { return object.rb; }
    PteId root() const { return world[mm].pte_root; }
    void set_root(PteId id) { world.change(mm).pte_root = id; }
    bool update(PteId, const Pte<D>&) { return false; }
    void inherit(Pte<D>&, const Pte<D>&) {}
    void visit() const {}
    static constexpr bool has_fault(Fault) { return false; }
};

template <class D>
struct PageCacheLinks {
    using IdType = PageId;
    World<D>& world;
    AddressSpaceId mapping;
    const Page<D>& at(PageId id) const { return world[id]; }
    Page<D>& change(PageId id) { return world.change(id); }
    static auto& links_of(auto& object) { return object.rb; }
    PageId root() const { return world[mapping].page_cache; }
    void set_root(PageId id) { world.change(mapping).page_cache = id; }
    bool update(PageId, const Page<D>&) { return false; }
    void inherit(Page<D>&, const Page<D>&) {}
    void visit() const {}
    static constexpr bool has_fault(Fault) { return false; }
};

// page_remove_rmap and the last put_page. A page in the swap cache stays while an entry names its slot.
template <class D>
void give_up_page(World<D>& world, PageId id) {
    if (!id) return;
    Page<D>& page = world.change(id);
    world.bug_on(page.mapcount == 0, "page mapcount underflows");
    if (--page.mapcount > 0) return;
    if (page.anon_vma && world.has_fault(faults::zap_keeps_page)) return;
    if (page.swap) {
        if (world[page.swap].count > 0) return;
        world.free(page.swap);
    }
    if (page.mapping) AugmentedTree<PageCacheLinks<D>>({world, page.mapping}).erase(id);
    world.free(id);
}

template <class D>
void give_up(World<D>& world, PageId page, SwapId swap) {
    give_up_page(world, page);
    if (swap) swap_free(world, swap);
}

// Whether the page has an entry; for assertions, which decide by the numbers as they are.
template <class D>
bool has_entry(const World<D>& world, MmId mm, std::uint64_t address) {
    PteId node = world[mm].pte_root;
    while (node && world[node].address.value() != address)
        node = address < world[node].address.value() ? world[node].rb.left : world[node].rb.right;
    return static_cast<bool>(node);
}

}  // namespace

template <class D>
PteId first_pte_from(const World<D>& world, MmId mm, const Number<D>& address) {
    PteId found;
    for (PteId node = world[mm].pte_root; node;) {
        const Pte<D>& pte = world[node];
        if (pte.address < address) {
            node = pte.rb.right;
        } else {
            found = node;
            node = pte.rb.left;
        }
    }
    return found;
}

template <class D>
PteId find_pte(const World<D>& world, MmId mm, const Number<D>& address) {
    const PteId found = first_pte_from(world, mm, address);
    return found && world[found].address == address ? found : PteId();
}

template <class D>
PteId next_pte(const World<D>& world, PteId pte) {
    if (PteId right = world[pte].rb.right) {
        while (world[right].rb.left) right = world[right].rb.left;
        return right;
    }
    PteId parent = world[pte].rb.parent;
    while (parent && world[parent].rb.right == pte) {
        pte = parent;
        parent = world[pte].rb.parent;
    }
    return parent;
}

template <class D>
PageId new_anon_page(World<D>& world, VmaId vma, const Number<D>& address) {
    world.bug_on(!faulted(world[vma]), "an anonymous page for a VMA without anon_vma");
    world.bug_on(address.value() < world[vma].start.value() || address.value() >= world[vma].end.value(),
                 "an anonymous page for an address outside its VMA");
    const PageId id = world.template allocate<PageId>();
    Page<D>& page = world.change(id);
    page.anon_vma = world[vma].anon_vma;
    page.index = linear_page_index(world[vma], address);
    if ((world[vma].flags & vm::droppable) != 0) page.swap_backed = false;  // reclaim drops it, even if it was written
    return id;
}

template <class D>
PageId find_page_cache_page(const World<D>& world, const Vma<D>& vma, const Number<D>& address) {
    const Number<D> index = linear_page_index(vma, address);
    PageId node = world[world[vma.file].mapping].page_cache;
    while (node && world[node].index != index)
        node = index < world[node].index ? world[node].rb.left : world[node].rb.right;
    return node;
}

template <class D>
PageId page_cache_page(World<D>& world, VmaId vma, const Number<D>& address) {
    const AddressSpaceId mapping = world[world[vma].file].mapping;
    const Number<D> index = linear_page_index(world[vma], address);
    PageId parent;
    bool as_left = false;
    for (PageId node = world[mapping].page_cache; node;) {
        const Page<D>& page = world[node];
        if (page.index == index) return node;
        parent = node;
        as_left = index < page.index;
        node = as_left ? page.rb.left : page.rb.right;
    }
    const PageId id = world.template allocate<PageId>();
    Page<D>& page = world.change(id);
    page.mapping = mapping;
    page.index = index;
    AugmentedTree<PageCacheLinks<D>>({world, mapping}).insert(id, parent, as_left);
    return id;
}

template <class D>
void zap_pte(World<D>& world, PteId id) {
    const PageId page = world[id].page;
    const SwapId swap = world[id].swap;
    if (!world[id].guard) world.emit(Event::page_unmapped, id.raw());
    AugmentedTree<PteLinks<D>>({world, world[id].mm}).erase(id);
    world.free(id);
    give_up(world, page, swap);
}

template <class D>
void set_pte(World<D>& world, MmId mm, const Number<D>& address, PageId page, bool writable) {
    set_pte(world, mm, address, PteValue{page, {}, writable, writable, false});
}

template <class D>
PteId set_pte(World<D>& world, MmId mm, const Number<D>& address, const PteValue& value) {
    if (value.page) ++world.change(value.page).mapcount;
    if (value.swap) ++world.change(value.swap).count;
    const auto assign = [&value](Pte<D>& pte) {
        pte.page = value.page;
        pte.swap = value.swap;
        pte.writable = value.writable;
        pte.dirty = value.dirty;
        pte.guard = value.guard;
    };
    PteId parent;
    bool as_left = false;
    for (PteId node = world[mm].pte_root; node;) {
        const Pte<D>& pte = world[node];
        if (pte.address == address) {
            const PageId old_page = pte.page;
            const SwapId old_swap = pte.swap;
            assign(world.change(node));
            give_up(world, old_page, old_swap);
            return node;
        }
        parent = node;
        as_left = address < pte.address;
        node = as_left ? pte.rb.left : pte.rb.right;
    }
    const PteId id = world.template allocate<PteId>();
    Pte<D>& pte = world.change(id);
    pte.mm = mm;
    pte.address = address;
    assign(pte);
    AugmentedTree<PteLinks<D>>({world, mm}).insert(id, parent, as_left);
    return id;
}

template <class D>
void make_pte_writable(World<D>& world, PteId pte) {
    Pte<D>& changed = world.change(pte);
    changed.writable = true;
    changed.dirty = true;
}

template <class D>
void zap_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, Markers markers) {
    for (PteId each = first_pte_from(world, mm, start); each && world[each].address < end;) {
        const PteId next = next_pte(world, each);
        if (markers == Markers::go || !world[each].guard) zap_pte(world, each);
        each = next;
    }
}

template <class D>
void zap_file_pages(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, AddressSpaceId mapping) {
    for (PteId each = first_pte_from(world, mm, start); each && world[each].address < end;) {
        const PteId next = next_pte(world, each);
        const PageId page = world[each].page;
        if (page && world[page].mapping == mapping) zap_pte(world, each);
        each = next;
    }
}

template <class D>
void write_protect_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end) {
    world.bug_on(start.value() >= end.value(), "rights change in an empty range");
    for (PteId each = first_pte_from(world, mm, start); each && world[each].address < end; each = next_pte(world, each))
        if (world[each].writable) world.change(each).writable = false;
}

template <class D>
void move_page_tables_back(World<D>& world, MmId mm, const Number<D>& from, const Number<D>& to, const Number<D>& len) {
    const Number<D> end = from + len;
    for (PteId each = first_pte_from(world, mm, from); each && world[each].address < end;) {
        const PteId next = next_pte(world, each);
        const Pte<D> pte = world[each];
        const Number<D> address = to + (pte.address - from);
        world.bug_on(has_entry(world, mm, address.value()), "a page table entry moves to where there is one");
        if (!pte.guard || !world.has_fault(faults::mremap_drops_guards)) set_pte(world, mm, address, value_of(pte));
        zap_pte(world, each);
        each = next;
    }
}

template <class D>
Errno move_page_tables(World<D>& world, MmId mm, const Number<D>& from, const Number<D>& to, const Number<D>& len) {
    const PteId first = first_pte_from(world, mm, from);
    if (!first || world[first].address >= from + len) return Errno::ok;
    if (!world.may_allocate(AllocSite::move_page_tables_page_table)) return Errno::enomem;
    if (world.has_fault(faults::mremap_drops_pages))
        zap_range<D>(world, mm, from, from + len);
    else
        move_page_tables_back(world, mm, from, to, len);  // the same, with nothing left to allocate
    return Errno::ok;
}

template <class D>
Errno copy_page_range(World<D>& world, MmId child, MmId parent, const Vma<D>& vma) {
    const PteId first = first_pte_from(world, parent, vma.start);
    if (!first || world[first].address >= vma.end) return Errno::ok;
    if (!world.may_allocate(AllocSite::copy_page_range_page_table)) return Errno::enomem;
    const bool shared = (vma.flags & vm::shared) != 0;
    const bool cow = !shared && (vma.flags & vm::may_write) != 0;
    if (cow && !world.has_fault(faults::fork_leaves_writable)) write_protect_range(world, parent, vma.start, vma.end);
    for (PteId each = first; each && world[each].address < vma.end; each = next_pte(world, each)) {
        const Pte<D> pte = world[each];
        PteValue value = value_of(pte);
        if (shared) value.dirty = false;
        set_pte(world, child, pte.address, value);
        if (pte.page && world.has_fault(faults::fork_page_not_counted)) --world.change(pte.page).mapcount;
        if (pte.swap && world.has_fault(faults::fork_swap_not_counted)) --world.change(pte.swap).count;
    }
    return Errno::ok;
}

template PteId find_pte(const World<Plain>&, MmId, const Number<Plain>&);
template PteId first_pte_from(const World<Plain>&, MmId, const Number<Plain>&);
template PteId next_pte(const World<Plain>&, PteId);
template PageId new_anon_page(World<Plain>&, VmaId, const Number<Plain>&);
template PageId find_page_cache_page(const World<Plain>&, const Vma<Plain>&, const Number<Plain>&);
template PageId page_cache_page(World<Plain>&, VmaId, const Number<Plain>&);
template void set_pte(World<Plain>&, MmId, const Number<Plain>&, PageId, bool);
template PteId set_pte(World<Plain>&, MmId, const Number<Plain>&, const PteValue&);
template void make_pte_writable(World<Plain>&, PteId);
template void zap_pte(World<Plain>&, PteId);
template void zap_file_pages(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&, AddressSpaceId);
template void zap_range(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&, Markers);
template void write_protect_range(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&);
template Errno move_page_tables(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&, const Number<Plain>&);
template void move_page_tables_back(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&,
                                    const Number<Plain>&);
template Errno copy_page_range(World<Plain>&, MmId, MmId, const Vma<Plain>&);
template PteId find_pte(const World<Traced>&, MmId, const Number<Traced>&);
template PteId first_pte_from(const World<Traced>&, MmId, const Number<Traced>&);
template PteId next_pte(const World<Traced>&, PteId);
template PageId new_anon_page(World<Traced>&, VmaId, const Number<Traced>&);
template PageId find_page_cache_page(const World<Traced>&, const Vma<Traced>&, const Number<Traced>&);
template PageId page_cache_page(World<Traced>&, VmaId, const Number<Traced>&);
template void set_pte(World<Traced>&, MmId, const Number<Traced>&, PageId, bool);
template PteId set_pte(World<Traced>&, MmId, const Number<Traced>&, const PteValue&);
template void make_pte_writable(World<Traced>&, PteId);
template void zap_pte(World<Traced>&, PteId);
template void zap_file_pages(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&, AddressSpaceId);
template void zap_range(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&, Markers);
template void write_protect_range(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&);
template Errno move_page_tables(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&,
                                const Number<Traced>&);
template void move_page_tables_back(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&,
                                    const Number<Traced>&);
template Errno copy_page_range(World<Traced>&, MmId, MmId, const Vma<Traced>&);

}  // namespace vmacheck
