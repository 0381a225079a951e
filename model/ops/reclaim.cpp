// Memory pressure takes one page: no system call, but what can happen to a process between two of its system calls. The page is
// named by an address that maps it (v5.10 mm/vmscan.c shrink_page_list, see model/reclaim.cpp).
//
// EINVAL: the address is not page-aligned. EFAULT: no page is present there, or it is the zero page. EAGAIN: the page
// stays, as a VM_LOCKED VMA maps it or it was written after it was lazily freed; the kernel would try again later.
// ENOMEM: no slot of swap space.
#include "model/reclaim.hpp"

#include "model/ops/ops.hpp"
#include "model/page_table.hpp"

namespace vmacheck {

template <class D>
void op_reclaim(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (!op.addr.aligned()) {
        outcome.error = Errno::einval;
        return;
    }
    const PteId pte = find_pte(world, mm, op.addr.page);
    if (!pte || !world[pte].page) {
        outcome.error = Errno::efault;
        return;
    }
    outcome.error = reclaim_page(world, world[pte].page);
}

template void op_reclaim(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_reclaim(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
