// Access to the memory of another process: process_vm_readv(2) and process_vm_writev(2) of a byte, as far as they touch
// address spaces (v5.10 mm/process_vm_access.c process_vm_rw_single_vec, mm/gup.c __get_user_pages with
// check_vma_flags, mm/mmap.c find_extend_vma).
//
// A stack of the target grows for it as it does for the target itself, and the target is charged. Reading needs VM_READ
// where the hardware is content with any right. Every failure within the target is EFAULT. Without FOLL_FORCE, which
// ptrace and /proc/PID/mem set; permission to look at the target (ptrace_may_access) is given.
#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"
#include "model/page_fault.hpp"
#include "model/page_table.hpp"
#include "model/populate.hpp"
#include "model/stack_growth.hpp"

namespace vmacheck {
namespace {

// The rest of find_extend_vma: what a locked stack grew by is faulted in, from the page on. A failure is passed over.
template <class D>
void populate_grown(World<D>& world, const Extended<D>& found, const Number<D>& page) {
    const Vma<D>& vma = world[found.vma];
    if (!found.grown || (vma.flags & vm::locked) == 0) return;
    const Number<D> end = world.parameters().stack_grows_up ? vma.end : found.old_start;
    populate_vma_page_range(world, found.vma, page, end);
}

// check_vma_flags.
template <class D>
bool may_access(const Vma<D>& vma, bool write) {
    if ((vma.flags & (vm::io | vm::pfnmap)) != 0) return false;
    return (vma.flags & (write ? vm::write : vm::read)) != 0;
}

// unpin_user_pages_dirty_lock: the page that was written is marked, not the entry.
template <class D>
void mark_page(World<D>& world, MmId mm, const Number<D>& address) {
    const PteId pte = find_pte(world, mm, address);
    const PageId page = pte ? world[pte].page : PageId();
    if (page && world[page].anon_vma && !world[page].dirty) world.change(page).dirty = true;
}

template <class D>
Errno access_page(World<D>& world, MmId target, const Number<D>& page, bool write, MmId accessor) {
    if (world.profile().policy.remote_growth_refused) {
        const VmaId id = find_vma(world, target, page);
        if (!id || world[id].start > page) return Errno::efault;
    }
    const Extended<D> found = find_or_expand(world, target, page, accessor);
    if (!found.vma) return Errno::efault;
    populate_grown(world, found, page);
    if (!may_access(world[found.vma], write)) return Errno::efault;
    const Errno error = faultin_page(world, found.vma, page, write ? Access::write : Access::read);
    if (error != Errno::ok) return Errno::efault;
    if (write) mark_page(world, target, page);
    return Errno::ok;
}

}  // namespace

template <class D>
void op_remote_access(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const MmId target = world.process(op.target);
    if (!target) {
        outcome.error = Errno::esrch;
        return;
    }
    world.emit(Event::mmap_lock_read, target.raw());
    outcome.error = access_page(world, target, op.addr.page, op.access == Access::write, mm);
    world.emit(Event::mmap_unlock_read, target.raw());
}

template void op_remote_access(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_remote_access(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
