// A user access to an address: the page-fault path of v5.10 (arch/x86/mm/fault.c do_user_addr_fault, mm/memory.c
// handle_pte_fault) as far as VMAs, anon_vmas and reverse mapping are concerned.
//
// Only a write to private memory gives a VMA its anon_vma. SIGSEGV: no VMA, growth refused, or access not allowed;
// SIGBUS: shared memory without an object; ENOMEM: the fault is out of memory.
#include "model/anon_vma.hpp"
#include "model/function_scope.hpp"
#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"
#include "model/page_table.hpp"
#include "model/stack_growth.hpp"

namespace vmacheck {
namespace {

bool access_allowed(VmFlags flags, Access access) {
    switch (access) {
        case Access::read: return (flags & vm::access) != 0;
        case Access::write: return (flags & vm::write) != 0;
        case Access::exec: return (flags & vm::exec) != 0;
    }
    return false;
}

// A private copy for the VMA: do_anonymous_page, do_cow_fault, wp_page_copy.
template <class D>
Errno map_private_copy(World<D>& world, VmaId vma, const Number<D>& page, AllocSite site) {
    if (anon_vma_prepare(world, vma) != Errno::ok) return Errno::enomem;
    if (!world.parameters().page_layer) return Errno::ok;
    if (!world.may_allocate(site)) return Errno::enomem;
    const PageId copy = new_anon_page(world, vma, page);
    set_pte(world, world[vma].mm, page, copy, true);
    world.emit(site == AllocSite::cow_page ? Event::page_cow : Event::page_mapped, copy.raw());
    return Errno::ok;
}

// do_fault and do_anonymous_page: nothing is mapped yet.
template <class D>
Errno fault_in(World<D>& world, VmaId id, const Number<D>& page, Access access) {
    if (world.parameters().page_layer && !world.may_allocate(AllocSite::fault_page_table)) return Errno::enomem;
    const Vma<D>& vma = world[id];
    const bool write = access == Access::write;
    const bool shared = (vma.flags & vm::shared) != 0;
    if (vma_is_anonymous(vma) && shared) return Errno::sigbus;
    if (write && !shared)
        return map_private_copy(world, id, page, vma_is_anonymous(vma) ? AllocSite::fault_page : AllocSite::cow_page);
    if (!world.parameters().page_layer || vma.ops == VmOps::special) return Errno::ok;
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

// do_wp_page: mapped, but not for writing.
template <class D>
Errno write_protected(World<D>& world, VmaId vma, PteId pte, const Number<D>& address) {
    if ((world[vma].flags & vm::shared) != 0) {
        make_pte_writable(world, pte);
        return Errno::ok;
    }
    if (const PageId page = world[pte].page; page && world[page].anon_vma && world[page].mapcount == 1) {
        make_pte_writable(world, pte);
        world.emit(Event::page_reused, page.raw());
        return Errno::ok;
    }
    return map_private_copy(world, vma, address, AllocSite::cow_page);
}

template <class D>
Errno handle_fault(World<D>& world, MmId mm, const Number<D>& page, Access access) {
    const VmaId id = find_vma(world, mm, page);
    if (!id) return Errno::sigsegv;
    if (page < world[id].start) {
        if ((world[id].flags & vm::growsdown) == 0) return Errno::sigsegv;
        if (expand_downwards(world, id, page) != Errno::ok) return Errno::sigsegv;
    }
    if (!access_allowed(world[id].flags, access)) return Errno::sigsegv;
    const PteId pte = find_pte(world, mm, page);
    if (!pte) return fault_in(world, id, page, access);
    if (access != Access::write || world[pte].writable) return Errno::ok;  // no fault at all
    return write_protected(world, id, pte, page);
}

}  // namespace

template <class D>
void op_fault(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (op.addr.page >= world.parameters().task_size) {
        outcome.error = Errno::sigsegv;
        return;
    }
    world.emit(Event::mmap_lock_read, mm.raw());
    outcome.error = handle_fault(world, mm, op.addr.page, op.access);
    world.emit(Event::mmap_unlock_read, mm.raw());
}

template void op_fault(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_fault(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
