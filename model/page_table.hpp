// Page tables, pages and the page cache, as far as reverse mapping needs them (v5.10 mm/memory.c, mm/rmap.c).
//
// An entry of an address space maps one page: an anonymous page (found again through its anon_vma), a page of a file's
// page cache (found through i_mmap), or the shared zero page, which is not counted and has no reverse mapping. A page
// lives while something maps it, or while a page-table entry names its slot of swap space and it is in the swap cache.
// An entry that is not present names a slot of swap space (model/swap.cpp), or marks a guard page. Contents are not
// modelled.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// The entry of a page, present or swapped out, or none.
template <class D>
PteId find_pte(const World<D>& world, MmId mm, const Number<D>& address);
// The first entry at or above a page, or none; and the one after it.
template <class D>
PteId first_pte_from(const World<D>& world, MmId mm, const Number<D>& address);
template <class D>
PteId next_pte(const World<D>& world, PteId pte);

// A new anonymous page that belongs to the VMA's own anon_vma (page_add_new_anon_rmap).
template <class D>
PageId new_anon_page(World<D>& world, VmaId vma, const Number<D>& address);
// The page-cache page of a file VMA's address, read in if it is not cached.
template <class D>
PageId page_cache_page(World<D>& world, VmaId vma, const Number<D>& address);
// The same if it is cached; none if not.
template <class D>
PageId find_page_cache_page(const World<D>& world, const Vma<D>& vma, const Number<D>& address);

// What an entry refers to: a page, a slot of swap space, or the zero page; or it marks a guard page.
struct PteValue {
    PageId page;
    SwapId swap;
    bool writable = false;
    bool dirty = false;
    bool guard = false;
};
template <class D>
PteValue value_of(const Pte<D>& pte) {
    return {pte.page, pte.swap, pte.writable, pte.dirty, pte.guard};
}
// Sets the entry and counts its page or slot. An entry already there is replaced, and its page or slot given up.
template <class D>
PteId set_pte(World<D>& world, MmId mm, const Number<D>& address, const PteValue& value);
// The same with a page, dirty where it is writable; none maps the zero page.
template <class D>
void set_pte(World<D>& world, MmId mm, const Number<D>& address, PageId page, bool writable);
template <class D>
void make_pte_writable(World<D>& world, PteId pte);  // and dirty: it is being written

// Empties the entry and gives up what it named: page_remove_rmap, free_swap_and_cache. A guard page names nothing.
template <class D>
void zap_pte(World<D>& world, PteId pte);

// ZAP_FLAG_DROP_MARKER: guard pages go with what unmaps, and stay where pages are merely dropped.
enum class Markers : std::uint8_t { go, stay };
// unmap_page_range: removes all entries of [start, end).
template <class D>
void zap_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, Markers markers = Markers::go);
// The same for the pages of a file's page cache alone: private copies stay.
template <class D>
void zap_file_pages(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, AddressSpaceId mapping);
// change_protection: write access is taken away; the next write fault gives it back where the VMA allows it.
template <class D>
void write_protect_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end);
// move_page_tables of mremap: the entries of [from, from + len) now stand at [to, to + len), where none were. enomem:
// there was one to move and no memory for a page table; none has moved.
template <class D>
Errno move_page_tables(World<D>& world, MmId mm, const Number<D>& from, const Number<D>& to, const Number<D>& len);
// The way back of a move that is undone: the page tables of the old range are still there, so nothing can fail.
template <class D>
void move_page_tables_back(World<D>& world, MmId mm, const Number<D>& from, const Number<D>& to, const Number<D>& len);
// copy_page_range at fork: the child maps the same pages; private ones become read-only in both. ok, or enomem for want
// of a page table, with nothing copied.
template <class D>
Errno copy_page_range(World<D>& world, MmId child, MmId parent, const Vma<D>& vma);

}  // namespace vmacheck
