// msync(2): v5.10 mm/msync.c. A walk that changes nothing here: pages have no contents, and writing them back always
// succeeds.
//
// Holes are passed over and reported as ENOMEM at the end, but with MS_ASYNC alone the first one ends the walk. EBUSY
// of MS_INVALIDATE on locked memory ends it too, and is the error even after a hole. The mmap_lock is given up while a
// shared file is written back.
#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// The walk over [start, end), which is not empty.
template <class D>
Errno sync_range(World<D>& world, MmId mm, Number<D> start, const Number<D>& end, std::uint32_t flags) {
    bool hole = false;
    Errno error = Errno::enomem;
    world.emit(Event::mmap_lock_read, mm.raw());
    for (VmaId id = find_vma(world, mm, start); id; id = find_vma(world, mm, start)) {
        const Vma<D>& vma = world[id];
        if (start < vma.start) {
            if (flags == ms::async) break;
            start = vma.start;
            if (start >= end) break;
            hole = true;
        }
        if ((flags & ms::invalidate) != 0 && (vma.flags & vm::locked) != 0) {
            error = Errno::ebusy;
            break;
        }
        start = vma.end;
        const bool done = start >= end;
        if ((flags & ms::sync) != 0 && vma.file && (vma.flags & vm::shared) != 0) {  // vfs_fsync_range
            world.emit(Event::mmap_unlock_read, mm.raw());
            world.let_others_run();
            if (done) return hole ? Errno::enomem : Errno::ok;
            world.emit(Event::mmap_lock_read, mm.raw());
        }
        if (done) {
            error = hole ? Errno::enomem : Errno::ok;
            break;
        }
    }
    world.emit(Event::mmap_unlock_read, mm.raw());
    return error;
}

}  // namespace

template <class D>
void op_msync(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const bool both = (op.call_flags & ms::async) != 0 && (op.call_flags & ms::sync) != 0;
    if ((op.call_flags & ~ms::valid) != 0 || !op.addr.aligned() || both) {
        outcome.error = Errno::einval;
        return;
    }
    if (page_align_is_zero(op.len)) return;
    const Number<D> end = op.addr.page + op.len.round_up();
    if (end >= pages_in_64_bits) {  // it wraps: end < start
        outcome.error = Errno::enomem;
        return;
    }
    outcome.error = sync_range(world, mm, op.addr.page, end, op.call_flags);
}

template void op_msync(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_msync(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
