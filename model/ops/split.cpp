// Splitting a VMA at a page, as a separate call: what mprotect, mlock and others do first (v5.10 split_vma). EINVAL
// if the address is not page aligned or is a VMA's own boundary, EFAULT if no VMA contains it. The new VMA is the upper
// part.
#include "model/split.hpp"

#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"

namespace vmacheck {

template <class D>
void op_split(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (!op.addr.aligned()) {
        outcome.error = Errno::einval;
        return;
    }
    const VmaId vma = find_vma(world, mm, op.addr.page);
    if (!vma || world[vma].start > op.addr.page) {
        outcome.error = Errno::efault;
    } else if (world[vma].start == op.addr.page) {
        outcome.error = Errno::einval;
    } else {
        world.emit(Event::mmap_lock_write, mm.raw());
        outcome.error = split_vma(world, vma, op.addr.page, NewPart::above);
        world.emit(Event::mmap_unlock_write, mm.raw());
    }
}

template void op_split(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_split(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
