// mbind(2): do_mbind, queue_pages_test_walk, mbind_range and vma_replace_policy of v5.10 mm/mempolicy.c.
//
// Where pages lie is not modelled: no page is ever misplaced, so MPOL_MF_STRICT and MPOL_MF_MOVE find nothing to report
// or to move (no EIO). Policies come as numbers, of which 0 is MPOL_DEFAULT; that a mode or node mask is refused is
// left out, and so is the tree of policies that a shared object keeps apart from its VMAs. The scratch node masks are
// taken from the stack, as where there are at most 256 nodes.
#include "model/faults/merge.hpp"
#include "model/gap_tree.hpp"
#include "model/mempolicy.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"
#include "model/vma_modify.hpp"

namespace vmacheck {
namespace {

// queue_pages_range, as far as it looks at VMAs. efault: nothing is mapped in the range, or there is a hole in a range
// that is to get a policy.
template <class D>
Errno check_holes(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, bool holes_allowed) {
    VmaId each = find_vma(world, mm, start);
    if (!each || world[each].start >= end) return Errno::efault;
    if (holes_allowed) return Errno::ok;
    for (Number<D> at = start; at < end; each = world[each].next) {
        if (!each || world[each].start > at) return Errno::efault;
        at = world[each].end;
    }
    return Errno::ok;
}

// vma_replace_policy: enomem, and the VMA keeps the policy it has.
template <class D>
Errno vma_replace_policy(World<D>& world, VmaId id, std::uint16_t content) {
    MemPolicyId replacement;
    if (mpol_new(world, content, AllocSite::vma_replace_policy_policy, &replacement) != Errno::ok) return Errno::enomem;
    const MemPolicyId old = world[id].policy;
    world.change(id).policy = replacement;
    if (!world.has_fault(faults::mbind_old_policy_kept)) mpol_put(world, old);
    world.emit(Event::policy_set, id.raw());
    return Errno::ok;
}

// A fault: the offset that lies as far from the VMA's own as the request's start from the VMA's start; one that fits
// nowhere where that would be below 0.
template <class D>
Number<D> pgoff_by_request(const Vma<D>& vma, const Number<D>& request_start) {
    const Number<D> sum = vma.pgoff + request_start;
    return sum < vma.start ? Number<D>(std::uint64_t{1} << 62) : sum - vma.start;
}

// The walk stops at the first failure, and what it changed before stays changed.
template <class D>
Errno mbind_range(World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end, std::uint16_t policy) {
    const FunctionScope scope(world, "mbind_range");
    VmaId id = find_vma(world, mm, start);
    VmaId prev = start > world[id].start ? id : world[id].prev;
    for (; id && world[id].start < end; prev = id, id = world[id].next) {
        const Vma<D>& vma = world[id];
        if (policy_content(world, vma.policy) == policy) continue;
        const Number<D> from = vma.start < start ? start : vma.start;
        const Number<D> to = end < vma.end ? end : vma.end;
        VmaChange<D> change{id, prev, from, to, vma.flags};
        change.policy = policy;
        if (world.has_fault(faults::mbind_pgoff)) change.pgoff = pgoff_by_request<D>(vma, start);
        change.old_case8 = world.has_fault(faults::merge_policy_lost);
        if (const Errno error = vma_modify(world, change, &id); error != Errno::ok) return error;
        const bool merged = world[id].start != from || world[id].end != to;
        if (change.old_case8 && merged) continue;  // as all cases but the old eighth allow
        if (vma_replace_policy(world, id, policy) != Errno::ok) return Errno::enomem;
    }
    return Errno::ok;
}

}  // namespace

template <class D>
void op_mbind(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const auto refuse = [&](Errno error) { outcome.error = error; };
    if ((op.call_flags & ~mpol_mf::valid) != 0) return refuse(Errno::einval);
    if ((op.call_flags & mpol_mf::move_all) != 0 && !world.parameters().cap_sys_nice) return refuse(Errno::eperm);
    if (!op.addr.aligned()) return refuse(Errno::einval);
    if (page_align_is_zero(op.len)) return;  // of no pages, or rounded up to 2^64 bytes, which wrap to none
    const Number<D> end = op.addr.page + op.len.round_up();
    if (end >= pages_in_64_bits) return refuse(Errno::einval);
    MemPolicyId policy;
    if (mpol_new(world, op.policy, AllocSite::mpol_new_policy, &policy) != Errno::ok) return refuse(Errno::enomem);
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = check_holes(world, mm, op.addr.page, end, op.policy == 0);
    if (outcome.ok()) outcome.error = mbind_range(world, mm, op.addr.page, end, op.policy);
    world.emit(Event::mmap_unlock_write, mm.raw());
    mpol_put(world, policy);
}

template void op_mbind(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mbind(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
