#include "model/remap.hpp"

#include "model/accounting.hpp"
#include "model/adjust.hpp"
#include "model/faults/mremap.hpp"
#include "model/gap_tree.hpp"
#include "model/mempolicy.hpp"
#include "model/merge.hpp"
#include "model/move_vma.hpp"
#include "model/munmap.hpp"
#include "model/refusal.hpp"

namespace vmacheck {
namespace {

// What vma_to_resize asks of RLIMIT_MEMLOCK, in bytes: a sum that reaches 2^64 starts again at 0.
template <class D>
bool may_lock_more(const World<D>& world, const RemapCall<D>& call, VmFlags flags, const Number<D>& growth) {
    const Parameters& p = world.parameters();
    if ((flags & vm::locked) == 0 || p.cap_ipc_lock || p.rlimit_memlock == unlimited) return true;
    return within<D>(world, "locked_vm", wrapping_sum_64_bit_bytes<D>(world[call.mm].locked_vm, growth),
                     "RLIMIT_MEMLOCK", p.rlimit_memlock);
}

// Which memory MREMAP_DONTUNMAP refuses.
template <class D>
bool dontunmap_refuses(const World<D>& world, const Vma<D>& vma) {
    if (world.profile().policy.dontunmap_of_files) return (vma.flags & (vm::dontexpand | vm::pfnmap)) != 0;
    return !vma_is_anonymous(vma) || (vma.flags & vm::shared) != 0;
}

// vma_merge_extend: the pages that are added merge with their VMA, and with the one above where the two then meet. A
// VMA with ->close that merges with nothing grows alone. *out is the VMA that has grown. enomem: special memory, which
// never merges, or no memory for the chain of the one above.
template <class D>
Errno extend_by_merge(World<D>& world, const RemapCall<D>& call, VmaId id, VmaId* out) {
    const Vma<D>& vma = world[id];
    Number<D> pgoff = linear_page_index(vma, Number<D>(vma.end));
    if (world.has_fault(faults::mremap_expand_inside)) pgoff = vma.pgoff + call.old_len;
    MergeRequest<D> request{vma.mm, id, vma.end, call.addr + call.new_len, vma.flags, vma.anon_vma, vma.file, pgoff};
    request.policy = policy_content(world, vma.policy);
    request.uffd = vma.uffd;
    request.anon_name = vma.anon_name;
    const VmaId merged = vma_merge(world, request);
    if (!merged) return Errno::enomem;
    *out = merged;
    return Errno::ok;
}

template <class D>
Errno extend_alone(World<D>& world, const RemapCall<D>& call, VmaId id) {
    const Vma<D>& vma = world[id];
    return vma_adjust(world, Adjustment<D>{.vma = id,
                                           .start = vma.start,
                                           .end = call.addr + call.new_len,
                                           .pgoff = vma.pgoff,
                                           .insert = {},
                                           .expand = {}});
}

}  // namespace

template <class D>
Errno unmap_tail(World<D>& world, const RemapCall<D>& call, Downgrade downgrade) {
    const Number<D> task_size = world.parameters().task_size;
    const Number<D> start = wrapping_sum_64_bit_bytes<D>(call.addr, call.new_len);
    const Number<D> len = call.old_len - call.new_len;
    if (len == 0 || start > task_size || len > task_size - start) return Errno::einval;
    return do_munmap(world, call.mm, start, len, downgrade);
}

template <class D>
Errno may_resize(const World<D>& world, const RemapCall<D>& call, VmaId id) {
    const Vma<D>& vma = world[id];
    const bool duplicates = call.old_len == 0 && (vma.flags & (vm::shared | vm::may_share)) == 0;
    if (duplicates && !world.has_fault(faults::mremap_dup_private)) return Errno::einval;
    if (call.has(mremap::dontunmap) && dontunmap_refuses(world, vma)) return Errno::einval;
    if ((vma.flags & vm::hugetlb) != 0) return Errno::einval;
    if (call.old_len > vma.end - call.addr) return Errno::efault;
    if (call.new_len == call.old_len) return Errno::ok;
    const Number<D> last = linear_page_index(vma, call.addr) + call.new_len;
    const bool wraps = last >= std::uint64_t{1} << world.parameters().pgoff_bits;
    if (wraps && !world.has_fault(faults::pgoff_wrap_mremap)) return Errno::einval;
    if ((vma.flags & (vm::dontexpand | vm::pfnmap)) != 0) return Errno::efault;
    const Number<D> growth = call.new_len - call.old_len;
    if (!may_lock_more(world, call, vma.flags, growth)) return Errno::eagain;
    return may_expand_vm(world, call.mm, vma.flags, growth) ? Errno::ok : Errno::enomem;
}

template <class D>
bool may_grow_in_place(const World<D>& world, const RemapCall<D>& call, VmaId id) {
    const Vma<D>& vma = world[id];
    if (call.old_len != vma.end - call.addr) return false;
    const Number<D> end = vma.end + (call.new_len - call.old_len);
    if (vma.next && world[vma.next].start < end) return false;
    return get_unmapped_area(world, vma.mm, Bytes<D>::pages(vma.start), end - vma.start, map::fixed).error == Errno::ok;
}

template <class D>
RemapResult<D> grow_in_place(World<D>& world, const RemapCall<D>& call, VmaId id) {
    const VmFlags flags = world[id].flags;
    const Number<D> growth = call.new_len - call.old_len;
    const Policies& policy = world.profile().policy;
    const bool unmergeable =
        world[id].ops == VmOps::close && !policy.close_merges && !world.has_fault(faults::mremap_expand_close);
    const bool alone = !policy.mremap_extend_merges || unmergeable;
    const Errno error = alone ? extend_alone(world, call, id) : extend_by_merge(world, call, id, &id);
    if (error != Errno::ok) {
        if ((flags & vm::account) == 0 && world.has_fault(faults::mremap_merge_fail_unacct))
            uncharge_commit(world, growth);
        return remap_failed<D>(Errno::enomem);
    }
    IntPages<D> counted{growth, false};
    if (world.has_fault(faults::mremap_growth_width)) counted = as_int<D>(growth);
    vm_stat_account(world, call.mm, flags, counted.pages, !counted.negative);
    const bool locked = (flags & vm::locked) != 0;
    if (locked) count_locked<D>(world, call.mm, counted.pages, !counted.negative);
    return {.start = call.addr, .locked = locked};
}

template <class D>
UnmappedArea<D> place_of_move(const World<D>& world, const RemapCall<D>& call, VmaId vma) {
    const MapFlags how = call.has(mremap::fixed) ? map::fixed : 0;
    const std::uint64_t huge = huge_pages_of(world, world[vma].file);
    const Bytes<D> wanted = call.to_new_addr() ? call.new_addr : Bytes<D>();
    return get_unmapped_area(world, call.mm, wanted, call.new_len, how, huge, linear_page_index(world[vma], call.addr));
}

template <class D>
Move<D> move_of(const RemapCall<D>& call, VmaId id, const Number<D>& to) {
    return {.vma = id,
            .start = call.addr,
            .old_len = call.old_len,
            .new_len = call.new_len,
            .to = to,
            .dontunmap = call.has(mremap::dontunmap)};
}

template <class D>
Errno move_without_charge(World<D>& world, const RemapCall<D>& call, VmaId id) {
    const Errno error = begin_move(world, move_of(call, id, Number<D>(0)));
    return error != Errno::ok ? error : Errno::enomem;
}

template <class D>
RemapResult<D> move_range(World<D>& world, const RemapCall<D>& call, VmaId id) {
    const UnmappedArea<D> to = place_of_move(world, call, id);
    if (to.error != Errno::ok) return remap_failed<D>(to.error);
    RemapResult<D> result{.start = to.start};
    result.error = move_vma(world, move_of(call, id, to.start), &result.locked);
    return result;
}

template <class D>
bool ranges_overlap(const RemapCall<D>& call) {
    const Number<D>& to = call.new_addr.page;  // to + new_len is below TASK_SIZE
    return wrapping_sum_64_bit_bytes<D>(call.addr, call.old_len) > to && to + call.new_len > call.addr;
}

template Errno unmap_tail(World<Plain>&, const RemapCall<Plain>&, Downgrade);
template Errno may_resize(const World<Plain>&, const RemapCall<Plain>&, VmaId);
template bool may_grow_in_place(const World<Plain>&, const RemapCall<Plain>&, VmaId);
template RemapResult<Plain> grow_in_place(World<Plain>&, const RemapCall<Plain>&, VmaId);
template UnmappedArea<Plain> place_of_move(const World<Plain>&, const RemapCall<Plain>&, VmaId);
template Errno move_without_charge(World<Plain>&, const RemapCall<Plain>&, VmaId);
template Errno move_without_charge(World<Traced>&, const RemapCall<Traced>&, VmaId);
template RemapResult<Plain> move_range(World<Plain>&, const RemapCall<Plain>&, VmaId);
template bool ranges_overlap(const RemapCall<Plain>&);
template Errno unmap_tail(World<Traced>&, const RemapCall<Traced>&, Downgrade);
template Errno may_resize(const World<Traced>&, const RemapCall<Traced>&, VmaId);
template bool may_grow_in_place(const World<Traced>&, const RemapCall<Traced>&, VmaId);
template RemapResult<Traced> grow_in_place(World<Traced>&, const RemapCall<Traced>&, VmaId);
template UnmappedArea<Traced> place_of_move(const World<Traced>&, const RemapCall<Traced>&, VmaId);
template RemapResult<Traced> move_range(World<Traced>&, const RemapCall<Traced>&, VmaId);
template bool ranges_overlap(const RemapCall<Traced>&);

}  // namespace vmacheck
