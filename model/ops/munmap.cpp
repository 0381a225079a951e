// munmap(2): checks of __do_munmap (v5.10 mm/mmap.c) that look at the arguments alone.
#include "model/munmap.hpp"

#include "model/ops/ops.hpp"

namespace vmacheck {

template <class D>
void op_munmap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    world.emit(Event::mmap_lock_write, mm.raw());
    const Number<D> task_size = world.parameters().task_size;
    const bool too_high =
        op.addr.page > task_size || page_align_is_zero(op.len) || op.len.round_up() > task_size - op.addr.page;
    if (!op.addr.aligned() || too_high)
        outcome.error = Errno::einval;
    else
        outcome.error = do_munmap(world, mm, op.addr.page, op.len.round_up(), Downgrade::yes);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_munmap(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_munmap(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
