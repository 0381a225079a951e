// Process exit: exit_mmap of v5.10 mm/mmap.c.
#include "model/exit_mmap.hpp"

#include "model/ops/ops.hpp"

namespace vmacheck {

template <class D>
void op_exit(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    exit_mmap(world, mm);
    world.change_globals().processes[op.process] = {};
    outcome.error = Errno::ok;
}

template void op_exit(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_exit(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
