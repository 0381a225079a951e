#include "model/page_fault.hpp"

#include "model/anon_vma.hpp"
#include "model/faults/pages.hpp"
#include "model/file_hooks.hpp"
#include "model/file_size.hpp"
#include "model/huge_memory.hpp"
#include "model/page_table.hpp"
#include "model/state/function_scope.hpp"
#include "model/swap.hpp"

namespace vmacheck {
namespace {

// handle_userfault: no one handles it, as with UFFD_FEATURE_SIGBUS, and the page stays missing.
template <class D>
Errno handle_userfault(World<D>& world, VmaId vma) {
    world.emit(Event::userfault, vma.raw());
    return Errno::sigbus;
}

// A private copy for the VMA: do_anonymous_page, do_cow_fault, wp_page_copy. `none`: why the page that is not mapped cannot
// be had, which is noticed only when all is ready for the copy; so is a userfault.
template <class D>
Errno map_private_copy(World<D>& world, VmaId vma, const Number<D>& page, AllocSite site, Errno none, bool missing) {
    if (anon_vma_prepare(world, vma) != Errno::ok) return Errno::enomem;
    const bool pages_kept = world.parameters().page_layer;
    if (pages_kept && !world.may_allocate(site)) return Errno::enomem;
    if (none != Errno::ok) return none;
    if (!pages_kept) return Errno::ok;
    if (missing) return handle_userfault(world, vma);
    const PageId copy = new_anon_page(world, vma, page);
    set_pte(world, world[vma].mm, page, copy, (world[vma].flags & vm::write) != 0);
    world.emit(site == AllocSite::cow_page ? Event::page_cow : Event::page_mapped, copy.raw());
    return Errno::ok;
}

// Whether the fault of a page that is not mapped is a userfault. A page that the object behind the VMA holds is not
// missing; here an object holds those that are mapped somewhere. Without page tables no page is known to be missing.
template <class D>
bool is_userfault(const World<D>& world, const Vma<D>& vma, const Number<D>& page) {
    if ((vma.flags & vm::uffd_missing) == 0 || !world.parameters().page_layer) return false;
    return vma_is_anonymous(vma) || !find_page_cache_page(world, vma, page);
}

// vm_ops->page_mkwrite, before a page of a shared mapping becomes writable.
template <class D>
Errno page_mkwrite(const World<D>& world, const Vma<D>& vma) {
    const FileSpec* hooks = hooks_of(world, vma);
    return hooks != nullptr ? hooks->mkwrite_error : Errno::ok;
}

// do_fault and do_anonymous_page: nothing is mapped yet.
template <class D>
Errno fault_in(World<D>& world, VmaId id, const Number<D>& page, Access access) {
    if (world.parameters().page_layer && !world.may_allocate(AllocSite::fault_page_table)) return Errno::enomem;
    const Vma<D>& vma = world[id];
    const bool write = access == Access::write;
    const bool shared = (vma.flags & vm::shared) != 0;
    if (vma_is_anonymous(vma) && shared) return Errno::sigbus;
    if (has_no_fault(world, vma)) return Errno::sigbus;
    if (!write && suits_huge_page(world, vma, page) && anon_vma_prepare(world, id) != Errno::ok) return Errno::enomem;
    const bool missing = is_userfault(world, vma, page);
    const Errno none = fault_of_file(world, vma, page);
    const bool own_page = write || (vma_is_anonymous(vma) && world.profile().policy.no_zero_page);
    if (own_page && !shared)
        return map_private_copy(world, id, page, vma_is_anonymous(vma) ? AllocSite::fault_page : AllocSite::cow_page,
                                none, missing);
    if (none != Errno::ok) return none;
    // Special mappings and device memory have pages that are not counted.
    if (vma_is_special_mapping(vma) || (vma.flags & (vm::io | vm::pfnmap)) != 0) return Errno::ok;
    if (write)
        if (const Errno refused = page_mkwrite(world, vma); refused != Errno::ok) return refused;
    if (!world.parameters().page_layer) return Errno::ok;
    if (missing) return handle_userfault(world, id);
    if (vma_is_anonymous(vma)) {
        set_pte(world, vma.mm, page, PageId(), false);
        world.emit(Event::zero_page_mapped, id.raw());
        return Errno::ok;
    }
    if (!world.may_allocate(AllocSite::fault_page)) return Errno::enomem;
    const PageId cached = page_cache_page(world, id, page);
    set_pte(world, vma.mm, page, cached, write);
    world.emit(Event::page_mapped, cached.raw());
    return Errno::ok;
}

// do_wp_page: mapped, but not for writing. The swap cache holds a reference too, so a page in it is copied.
template <class D>
Errno write_protected(World<D>& world, VmaId vma, PteId pte, const Number<D>& address) {
    if ((world[vma].flags & vm::shared) != 0) {
        if (const Errno refused = page_mkwrite(world, world[vma]); refused != Errno::ok) return refused;
        make_pte_writable(world, pte);
        return Errno::ok;
    }
    if (const PageId page = world[pte].page;
        page && world[page].anon_vma && world[page].mapcount == 1 && !world[page].swap) {
        make_pte_writable(world, pte);
        world.emit(Event::page_reused, page.raw());
        return Errno::ok;
    }
    return map_private_copy(world, vma, address, AllocSite::cow_page, Errno::ok, false);
}

// do_swap_page. A write to a page that others may need continues with the copy.
template <class D>
Errno swapped_out(World<D>& world, VmaId vma, PteId pte, const Number<D>& address, bool write) {
    if (swap_in(world, vma, pte, write) != Errno::ok) return Errno::enomem;
    return write && !world[pte].writable ? write_protected(world, vma, pte, address) : Errno::ok;
}

// hugetlb_fault of mm/hugetlb.c with hugetlb_no_page, as far as it affects VMAs: huge pages are not kept in page tables
// here, nor in the file's cache. So a private mapping always meets a hole, which is filled with an anonymous huge page
// even where it is only read. From an empty pool it is filled if the mapping has a reservation.
template <class D>
Errno hugetlb_fault(World<D>& world, VmaId id, const Number<D>& page) {
    const Vma<D>& vma = world[id];
    if (beyond_end_of_file(world, vma, page)) return Errno::sigbus;
    if (world.parameters().huge_pool_empty && (vma.flags & vm::noreserve) != 0) return Errno::sigbus;
    return (vma.flags & vm::may_share) != 0 ? Errno::ok : anon_vma_prepare(world, id);
}

template <class D>
Errno handle_fault(World<D>& world, VmaId vma, const Number<D>& page, Access access) {
    if ((world[vma].flags & vm::hugetlb) != 0) return hugetlb_fault(world, vma, page);
    const PteId pte = find_pte(world, world[vma].mm, page);
    if (!pte) return fault_in(world, vma, page, access);
    const bool write = access == Access::write;
    if (world[pte].guard && !world.has_fault(faults::guard_page_mapped)) return Errno::sigsegv;  // handle_pte_marker
    if (world[pte].guard) return fault_in(world, vma, page, access);
    if (world[pte].swap) return swapped_out(world, vma, pte, page, write);
    if (!write) return Errno::ok;  // no fault at all
    if (world[pte].writable) {     // nor is this: the hardware notes that the page was written
        if (!world[pte].dirty) world.change(pte).dirty = true;
        return Errno::ok;
    }
    return write_protected(world, vma, pte, page);
}

}  // namespace

template <class D>
Errno handle_mm_fault(World<D>& world, VmaId vma, const Number<D>& page, Access access) {
    const FunctionScope scope(world, "handle_mm_fault");
    const Errno error = handle_fault(world, vma, page, access);
    // For want of memory an access to droppable memory is tried again, until there is some.
    const bool again = error == Errno::enomem && (world[vma].flags & vm::droppable) != 0;
    return again ? handle_fault(world, vma, page, access) : error;
}

template <class D>
Errno faultin_page(World<D>& world, VmaId vma, const Number<D>& page, Access access) {
    const PteId pte = find_pte(world, world[vma].mm, page);
    const bool followed =
        pte && !world[pte].swap && !world[pte].guard && (access != Access::write || world[pte].writable);
    return followed ? Errno::ok : handle_mm_fault(world, vma, page, access);
}

template <class D>
Errno why_not_had(const World<D>& world, const Vma<D>& vma, const Number<D>& page, Access access) {
    const bool written = access == Access::write && (vma.flags & vm::shared) != 0;
    const PteId pte = find_pte(world, vma.mm, page);
    if (pte && world[pte].guard) return Errno::sigsegv;
    if (!pte) {
        if (vma_is_anonymous(vma) && (vma.flags & vm::shared) != 0) return Errno::sigbus;
        if (has_no_fault(world, vma)) return Errno::sigbus;
        if (const Errno error = fault_of_file(world, vma, page); error != Errno::ok) return error;
        if (is_userfault(world, vma, page)) return Errno::sigbus;
    }
    return written ? page_mkwrite(world, vma) : Errno::ok;
}

template Errno handle_mm_fault(World<Plain>&, VmaId, const Number<Plain>&, Access);
template Errno faultin_page(World<Plain>&, VmaId, const Number<Plain>&, Access);
template Errno why_not_had(const World<Plain>&, const Vma<Plain>&, const Number<Plain>&, Access);
template Errno handle_mm_fault(World<Traced>&, VmaId, const Number<Traced>&, Access);
template Errno faultin_page(World<Traced>&, VmaId, const Number<Traced>&, Access);
template Errno why_not_had(const World<Traced>&, const Vma<Traced>&, const Number<Traced>&, Access);

}  // namespace vmacheck
