// mprotect(2): do_mprotect_pkey of v5.10 mm/mprotect.c.
//
// The walk stops at the first hole or refused VMA, and what it changed before stays changed.
#include "model/faults/merge.hpp"
#include "model/gap_tree.hpp"
#include "model/mprotect_fixup.hpp"
#include "model/ops/ops.hpp"
#include "model/refusal.hpp"

namespace vmacheck {
namespace {

// Where the walk starts. PROT_GROWSDOWN extends the range to the start of the stack VMA it begins
// in, PROT_GROWSUP sets its end to that of the VMA.
template <class D>
Errno first_vma(const World<D>& world, MmId mm, Prot grows, Number<D>& start, Number<D>& end, VmaId* first) {
    const VmaId id = find_vma(world, mm, start);
    if (!id) return hole_refuses(world, start);
    const Vma<D>& vma = world[id];
    if (grows == prot::growsdown) {
        if (vma.start >= end) return Errno::enomem;
        start = vma.start;
        if ((vma.flags & vm::growsdown) == 0) return Errno::einval;
    } else {
        if (vma.start > start) return hole_refuses(world, start);
        if (grows == prot::growsup) {
            end = vma.end;
            if ((vma.flags & vm::growsup) == 0) return Errno::einval;
        }
    }
    *first = id;
    return Errno::ok;
}

template <class D>
Errno do_mprotect(World<D>& world, MmId mm, Number<D> start, Number<D> end, Prot access, Prot grows) {
    VmaId id;
    if (const Errno error = first_vma(world, mm, grows, start, end, &id); error != Errno::ok) return error;
    VmaId prev = start > world[id].start ? id : world[id].prev;
    for (Number<D> at = start;;) {
        const Vma<D>& vma = world[id];
        Prot wanted = access & ~prot::sem;
        if (world.parameters().read_implies_exec && (wanted & prot::read) != 0 && (vma.flags & vm::may_exec) != 0)
            wanted |= prot::exec;
        const VmFlags flags = wanted | (vma.flags & ~vm::access);
        // Each access bit needs its MAY bit, four places higher.
        const bool beyond = (flags & ~(flags >> 4) & vm::access) != 0;
        if (beyond && !world.has_fault(faults::mprotect_may_unchecked)) return Errno::eacces;
        const Number<D> to = vma.end < end ? vma.end : end;
        if (const Errno error = mprotect_fixup(world, id, &prev, at, to, flags); error != Errno::ok) return error;
        at = to;
        if (world[prev].end > at) at = world[prev].end;  // a merge may have swallowed what follows
        if (at >= end) return Errno::ok;
        id = world[prev].next;
        if (!id || world[id].start != at) return hole_refuses(world, at);
    }
}

}  // namespace

template <class D>
void op_mprotect(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const Prot grows = op.prot & (prot::growsdown | prot::growsup);
    const Prot access = op.prot & ~(prot::growsdown | prot::growsup);
    if (grows == (prot::growsdown | prot::growsup) || !op.addr.aligned()) {
        outcome.error = Errno::einval;
        return;
    }
    if (op.len.zero()) return;  // success, whatever is there
    if (page_align_is_zero(op.len) || sum_wraps_64_bit_bytes<D>(op.addr.page, op.len.round_up())) {
        outcome.error = Errno::enomem;
        return;
    }
    if ((access & ~(prot::read | prot::write | prot::exec | prot::sem)) != 0) {
        outcome.error = Errno::einval;
        return;
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = do_mprotect(world, mm, op.addr.page, op.addr.page + op.len.round_up(), access, grows);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_mprotect(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mprotect(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
