#include "model/page_table.hpp"

#include "model/augmented_tree.hpp"

namespace vmacheck {
namespace {

// Page tables and page cache need order only, no augmented value.
template <class D>
struct PteLinks {
    using IdType = PteId;
    World<D>& world;
    MmId mm;
    const TreeLinks<PteId>& at(PteId id) const { return world[id].rb; }
    TreeLinks<PteId>& change(PteId id) { return world.change(id).rb; }
    PteId root() const { return world[mm].pte_root; }
    void set_root(PteId id) { world.change(mm).pte_root = id; }
    bool update(PteId) { return false; }
    void inherit(PteId, PteId) {}
    void visit() const {}
};

template <class D>
struct PageCacheLinks {
    using IdType = PageId;
    World<D>& world;
    AddressSpaceId mapping;
    const TreeLinks<PageId>& at(PageId id) const { return world[id].rb; }
    TreeLinks<PageId>& change(PageId id) { return world.change(id).rb; }
    PageId root() const { return world[mapping].page_cache; }
    void set_root(PageId id) { world.change(mapping).page_cache = id; }
    bool update(PageId) { return false; }
    void inherit(PageId, PageId) {}
    void visit() const {}
};

// page_remove_rmap and the last put_page.
template <class D>
void give_up_page(World<D>& world, PageId id) {
    if (!id) return;
    Page<D>& page = world.change(id);
    world.bug_on(page.mapcount == 0, "page mapcount underflows");
    if (--page.mapcount > 0) return;
    if (page.mapping) AugmentedTree<PageCacheLinks<D>>({world, page.mapping}).erase(id);
    world.free(id);
}

template <class D>
void erase_pte(World<D>& world, PteId id) {
    const PageId page = world[id].page;
    world.emit(Event::page_unmapped, id.raw());
    AugmentedTree<PteLinks<D>>({world, world[id].mm}).erase(id);
    world.free(id);
    give_up_page(world, page);
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
    const PageId id = world.template allocate<PageId>();
    Page<D>& page = world.change(id);
    page.anon_vma = world[vma].anon_vma;
    page.index = linear_page_index(world[vma], address);
    return id;
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
void set_pte(World<D>& world, MmId mm, const Number<D>& address, PageId page, bool writable) {
    if (page) ++world.change(page).mapcount;
    PteId parent;
    bool as_left = false;
    for (PteId node = world[mm].pte_root; node;) {
        const Pte<D>& pte = world[node];
        if (pte.address == address) {
            const PageId old = pte.page;
            Pte<D>& changed = world.change(node);
            changed.page = page;
            changed.writable = writable;
            give_up_page(world, old);
            return;
        }
        parent = node;
        as_left = address < pte.address;
        node = as_left ? pte.rb.left : pte.rb.right;
    }
    const PteId id = world.template allocate<PteId>();
    Pte<D>& pte = world.change(id);
    pte.mm = mm;
    pte.address = address;
    pte.page = page;
    pte.writable = writable;
    AugmentedTree<PteLinks<D>>({world, mm}).insert(id, parent, as_left);
}

template <class D>
void make_pte_writable(World<D>& world, PteId pte) {
    world.change(pte).writable = true;
}

template <class D>
void zap_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end) {
    for (PteId each = first_pte_from(world, mm, start); each && world[each].address < end;) {
        const PteId next = next_pte(world, each);
        erase_pte(world, each);
        each = next;
    }
}

template <class D>
void write_protect_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end) {
    for (PteId each = first_pte_from(world, mm, start); each && world[each].address < end; each = next_pte(world, each))
        if (world[each].writable) world.change(each).writable = false;
}

template <class D>
void move_page_tables_back(World<D>& world, MmId mm, const Number<D>& from, const Number<D>& to, const Number<D>& len) {
    const Number<D> end = from + len;
    for (PteId each = first_pte_from(world, mm, from); each && world[each].address < end;) {
        const PteId next = next_pte(world, each);
        const Pte<D> pte = world[each];
        set_pte(world, mm, to + (pte.address - from), pte.page, pte.writable);
        erase_pte(world, each);
        each = next;
    }
}

template <class D>
Errno move_page_tables(World<D>& world, MmId mm, const Number<D>& from, const Number<D>& to, const Number<D>& len) {
    const PteId first = first_pte_from(world, mm, from);
    if (!first || world[first].address >= from + len) return Errno::ok;
    if (!world.may_allocate(AllocSite::move_page_tables_page_table)) return Errno::enomem;
    move_page_tables_back(world, mm, from, to, len);  // the same, with nothing left to allocate
    return Errno::ok;
}

template <class D>
Errno copy_page_range(World<D>& world, MmId child, MmId parent, const Vma<D>& vma) {
    const PteId first = first_pte_from(world, parent, vma.start);
    if (!first || world[first].address >= vma.end) return Errno::ok;
    if (!world.may_allocate(AllocSite::copy_page_range_page_table)) return Errno::enomem;
    const bool cow = (vma.flags & (vm::shared | vm::may_write)) == vm::may_write;
    if (cow) write_protect_range(world, parent, vma.start, vma.end);
    for (PteId each = first; each && world[each].address < vma.end; each = next_pte(world, each)) {
        const Pte<D> pte = world[each];
        set_pte(world, child, pte.address, pte.page, pte.writable);
    }
    return Errno::ok;
}

template PteId find_pte(const World<Plain>&, MmId, const Number<Plain>&);
template PteId first_pte_from(const World<Plain>&, MmId, const Number<Plain>&);
template PteId next_pte(const World<Plain>&, PteId);
template PageId new_anon_page(World<Plain>&, VmaId, const Number<Plain>&);
template PageId page_cache_page(World<Plain>&, VmaId, const Number<Plain>&);
template void set_pte(World<Plain>&, MmId, const Number<Plain>&, PageId, bool);
template void make_pte_writable(World<Plain>&, PteId);
template void zap_range(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&);
template void write_protect_range(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&);
template Errno move_page_tables(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&, const Number<Plain>&);
template void move_page_tables_back(World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&,
                                    const Number<Plain>&);
template Errno copy_page_range(World<Plain>&, MmId, MmId, const Vma<Plain>&);
template PteId find_pte(const World<Traced>&, MmId, const Number<Traced>&);
template PteId first_pte_from(const World<Traced>&, MmId, const Number<Traced>&);
template PteId next_pte(const World<Traced>&, PteId);
template PageId new_anon_page(World<Traced>&, VmaId, const Number<Traced>&);
template PageId page_cache_page(World<Traced>&, VmaId, const Number<Traced>&);
template void set_pte(World<Traced>&, MmId, const Number<Traced>&, PageId, bool);
template void make_pte_writable(World<Traced>&, PteId);
template void zap_range(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&);
template void write_protect_range(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&);
template Errno move_page_tables(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&,
                                const Number<Traced>&);
template void move_page_tables_back(World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&,
                                    const Number<Traced>&);
template Errno copy_page_range(World<Traced>&, MmId, MmId, const Vma<Traced>&);

}  // namespace vmacheck
