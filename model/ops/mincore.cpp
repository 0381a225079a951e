// mincore(2): v5.10 mm/mincore.c. A walk that changes nothing; which pages are in memory is not part of the outcome,
// and the caller's vector is one that can be written to, so that there is no EFAULT; nor is there an EAGAIN, for want
// of a page to collect the answers in.
//
// The range is checked against the address space before anything is looked at (ENOMEM, not EINVAL). The walk goes VMA
// by VMA, at most as many pages at once as answers fit into a page, taking the mmap_lock for each piece; a hole ends
// it.
#include "model/gap_tree.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {

template <class D>
void op_mincore(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (!op.addr.aligned()) {
        outcome.error = Errno::einval;
        return;
    }
    Number<D> at = op.addr.page;
    const Number<D> end = at + op.len.round_up();
    if (end > world.parameters().task_size) {  // access_ok
        outcome.error = Errno::enomem;
        return;
    }
    constexpr std::uint64_t answers = page_size;  // a byte for each page
    while (at < end) {
        world.emit(Event::mmap_lock_read, mm.raw());
        const VmaId id = find_vma(world, mm, at);
        const bool hole = !id || at < world[id].start;
        if (!hole) {
            const Number<D> most = at + answers < end ? at + answers : end;
            at = world[id].end < most ? world[id].end : most;
        }
        world.emit(Event::mmap_unlock_read, mm.raw());
        if (hole) {
            outcome.error = Errno::enomem;
            return;
        }
    }
}

template void op_mincore(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mincore(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
