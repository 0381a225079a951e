// mseal(2): do_mseal and mseal_apply of v6.18 mm/mseal.c. Since 6.10; a kernel without it knows no such call.
//
// The range is looked through for holes before anything is marked, so that only a cut can fail in the middle. A mark is
// never taken away; it ends with the process.
#include "model/mseal.hpp"
#include "model/gap_tree.hpp"
#include "model/madvise_walk.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"
#include "model/vma_modify.hpp"

namespace vmacheck {
namespace {

template <class D>
bool range_contains_unmapped(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end) {
    Number<D> at = start;
    for (VmaId id = find_vma(world, mm, start); id; id = world[id].next) {
        const Vma<D>& vma = world[id];
        if (vma.start > at) return true;
        if (vma.end >= end) return false;
        at = vma.end;
    }
    return true;
}

// ok; einval: ->split refuses a cut; enomem: the map_count limit, or no memory for it.
template <class D>
Errno mseal_apply(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end) {
    const FunctionScope scope(world, "mseal_apply");
    VmaId id = find_vma(world, mm, start);
    VmaId prev = start > world[id].start ? id : prev_of(world, mm, id);
    for (Number<D> at = start; at < end; id = world[prev].next) {
        const Vma<D>& vma = world[id];
        const Number<D> to = end < vma.end ? end : vma.end;
        if (!vma_is_sealed(vma)) {
            VmaId changed;
            const VmaChange<D> change{id, prev, at, to, vma.flags | vm::sealed};
            if (const Errno error = vma_modify(world, change, &changed); error != Errno::ok) return error;
            if (!vma_is_sealed(world[changed])) {
                world.change(changed).flags |= vm::sealed;
                world.emit(Event::flags_changed, changed.raw());
            }
            id = changed;
        }
        prev = id;
        at = to < world[prev].end ? Number<D>(world[prev].end) : to;  // a merge may have swallowed what follows
    }
    return Errno::ok;
}

}  // namespace

template <class D>
void op_mseal(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (world.profile().policy.mseal == Mseal::none) {
        outcome.error = Errno::einval;  // ENOSYS in the kernel
        return;
    }
    const AdvisedRange<D> range = advised_range(op.addr, op.len);
    outcome.error = range.error;
    if (range.error != Errno::ok || range.empty) return;
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = range_contains_unmapped(world, mm, op.addr.page, range.end)
                        ? Errno::enomem
                        : mseal_apply(world, mm, op.addr.page, range.end);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_mseal(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mseal(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
