// A user access to an address (v5.10 arch/x86/mm/fault.c do_user_addr_fault): finds the VMA, grows a stack, checks the
// access, and leaves the page to model/page_fault.cpp.
//
// SIGSEGV: no VMA, growth refused, or access not allowed;
// SIGBUS: shared memory without an object, or a page beyond the end of the file; ENOMEM: the fault is out of memory.
#include "model/ops/ops.hpp"
#include "model/page_fault.hpp"
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

template <class D>
Errno user_fault(World<D>& world, MmId mm, const Number<D>& page, Access access) {
    const VmaId id = find_or_expand(world, mm, page, mm).vma;
    if (!id) return Errno::sigsegv;
    if (access_allowed(world[id].flags, access)) return handle_mm_fault(world, id, page, access);
    // access_error() of x86 does not look at the right to execute where no page is: it is handled as a read, and what
    // executes it again is refused. Left out where a read maps the zero page, which changes no VMA.
    const bool read_first = access == Access::exec && world.profile().policy.no_zero_page;
    if (read_first && access_allowed(world[id].flags, Access::read))
        if (const Errno error = handle_mm_fault(world, id, page, Access::read); error != Errno::ok) return error;
    return Errno::sigsegv;
}

}  // namespace

template <class D>
void op_fault(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (op.addr.page >= world.parameters().task_size) {
        outcome.error = Errno::sigsegv;
        return;
    }
    world.emit(Event::mmap_lock_read, mm.raw());
    outcome.error = user_fault(world, mm, op.addr.page, op.access);
    world.emit(Event::mmap_unlock_read, mm.raw());
}

template void op_fault(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_fault(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
