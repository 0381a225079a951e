// mremap(2): the system call, mremap_to, vma_to_resize and the growth in place of v5.10 mm/mremap.c. What moves a range
// is in model/move_vma.cpp.
#include "model/faults/mremap.hpp"
#include "model/accounting.hpp"
#include "model/adjust.hpp"
#include "model/gap_tree.hpp"
#include "model/move_vma.hpp"
#include "model/munmap.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"
#include "model/state/function_scope.hpp"
#include "model/unmapped_area.hpp"

namespace vmacheck {
namespace {

// The call's arguments, checked for form: page numbers and counts.
template <class D>
struct Call {
    MmId mm;
    Number<D> addr;
    Number<D> old_len;
    Number<D> new_len;  // above 0
    Bytes<D> new_addr;
    std::uint32_t flags;
    [[nodiscard]] bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
};

// How it ended: the range's address, and whether what was added to it is locked, to be faulted in later.
template <class D>
struct Result {
    Errno error = Errno::ok;
    Number<D> start;
    bool locked = false;
};

template <class D>
Result<D> failed(Errno error) {
    return {.error = error};
}

// do_munmap of what lies beyond the new length. einval: nothing does, or not in user space.
template <class D>
Errno unmap_tail(World<D>& world, const Call<D>& call) {
    const Number<D> task_size = world.parameters().task_size;
    const Number<D> start = wrapping_sum_64_bit_bytes<D>(call.addr, call.new_len);
    const Number<D> len = call.old_len - call.new_len;
    if (len == 0 || start > task_size || len > task_size - start) return Errno::einval;
    return do_munmap(world, call.mm, start, len);
}

// What vma_to_resize asks of RLIMIT_MEMLOCK, in bytes: a sum that reaches 2^64 starts again at 0.
template <class D>
bool may_lock_more(const World<D>& world, const Call<D>& call, VmFlags flags, const Number<D>& growth) {
    const Parameters& p = world.parameters();
    if ((flags & vm::locked) == 0 || p.cap_ipc_lock || p.rlimit_memlock == unlimited) return true;
    return wrapping_sum_64_bit_bytes<D>(world[call.mm].locked_vm, growth) <= p.rlimit_memlock;
}

// vma_to_resize: the VMA that the old range lies in, if it may get the new size. Charges the growth; *charged is set to
// the number of pages.
template <class D>
Errno vma_to_resize(World<D>& world, const Call<D>& call, VmaId* out, Number<D>* charged) {
    const VmaId id = find_vma(world, call.mm, call.addr);
    if (!id || world[id].start > call.addr) return Errno::efault;
    const Vma<D>& vma = world[id];
    *out = id;
    if (call.old_len == 0 && (vma.flags & (vm::shared | vm::may_share)) == 0) return Errno::einval;
    if (call.has(mremap::dontunmap) && (!vma_is_anonymous(vma) || (vma.flags & vm::shared) != 0)) return Errno::einval;
    if ((vma.flags & vm::hugetlb) != 0) return Errno::einval;
    if (call.old_len > vma.end - call.addr) return Errno::efault;
    if (call.new_len == call.old_len) return Errno::ok;
    const Number<D> last = linear_page_index(vma, call.addr) + call.new_len;
    const bool wraps = last >= std::uint64_t{1} << world.parameters().pgoff_bits;
    if (wraps && !world.has_fault(faults::pgoff_wrap_mremap)) return Errno::einval;
    if ((vma.flags & (vm::dontexpand | vm::pfnmap)) != 0) return Errno::efault;
    const Number<D> growth = call.new_len - call.old_len;
    if (!may_lock_more(world, call, vma.flags, growth)) return Errno::eagain;
    if (!may_expand_vm(world, call.mm, vma.flags, growth)) return Errno::enomem;
    if ((vma.flags & vm::account) != 0) {
        if (charge_commit(world, call.mm, growth) != Errno::ok) return Errno::enomem;
        *charged = growth;
    }
    return Errno::ok;
}

// vma_expandable: nothing is mapped where the VMA would grow to. A stack's guard gap above it is not looked at.
template <class D>
bool vma_expandable(const World<D>& world, VmaId id, const Number<D>& growth) {
    const Vma<D>& vma = world[id];
    const Number<D> end = vma.end + growth;
    if (vma.next && world[vma.next].start < end) return false;
    return get_unmapped_area(world, vma.mm, Bytes<D>::pages(vma.start), end - vma.start, map::fixed).error == Errno::ok;
}

// The VMA grows where it is; v5.10 does not try to merge it with what it now touches.
template <class D>
Result<D> grow_in_place(World<D>& world, const Call<D>& call, VmaId id) {
    const Vma<D>& vma = world[id];
    const Number<D> growth = call.new_len - call.old_len;
    const Adjustment<D> change{
        .vma = id, .start = vma.start, .end = call.addr + call.new_len, .pgoff = vma.pgoff, .insert = {}, .expand = {}};
    if (vma_adjust(world, change) != Errno::ok) return failed<D>(Errno::enomem);
    IntPages<D> counted{growth, false};
    if (world.has_fault(faults::mremap_growth_width)) counted = as_int<D>(growth);
    vm_stat_account(world, call.mm, vma.flags, counted.pages, !counted.negative);
    const bool locked = (vma.flags & vm::locked) != 0;
    if (locked) count_locked<D>(world, call.mm, counted.pages, !counted.negative);
    return {.start = call.addr, .locked = locked};
}

template <class D>
Result<D> move(World<D>& world, const Call<D>& call, VmaId id, const UnmappedArea<D>& to) {
    if (to.error != Errno::ok) return failed<D>(to.error);
    Result<D> result{.start = to.start};
    const Move<D> move{.vma = id,
                       .start = call.addr,
                       .old_len = call.old_len,
                       .new_len = call.new_len,
                       .to = to.start,
                       .dontunmap = call.has(mremap::dontunmap)};
    result.error = move_vma(world, move, &result.locked);
    return result;
}

template <class D>
bool ranges_overlap(const Call<D>& call) {
    const Number<D>& to = call.new_addr.page;  // to + new_len is below TASK_SIZE
    return wrapping_sum_64_bit_bytes<D>(call.addr, call.old_len) > to && to + call.new_len > call.addr;
}

// The rest of mremap_to: source and destination are clear.
template <class D>
Result<D> move_to(World<D>& world, const Call<D>& call, Number<D>* charged) {
    VmaId vma;
    if (const Errno error = vma_to_resize(world, call, &vma, charged); error != Errno::ok) return failed<D>(error);
    if (call.has(mremap::dontunmap) && !may_expand_vm(world, call.mm, world[vma].flags, call.old_len))
        return failed<D>(Errno::enomem);
    const MapFlags how = call.has(mremap::fixed) ? map::fixed : 0;
    return move(world, call, vma, get_unmapped_area(world, call.mm, call.new_addr, call.new_len, how));
}

// mremap_to: to a given address, or anywhere with the old mapping kept. What is at the destination is unmapped before
// the source has been looked at.
template <class D>
Result<D> mremap_to(World<D>& world, Call<D> call, Number<D>* charged) {
    const FunctionScope scope(world, "mremap_to");
    const Parameters& p = world.parameters();
    if (!call.new_addr.aligned()) return failed<D>(Errno::einval);
    if (call.new_len > p.task_size || call.new_addr.page > p.task_size - call.new_len) return failed<D>(Errno::einval);
    if (ranges_overlap(call)) return failed<D>(Errno::einval);
    // move_vma's own limit, before anything is unmapped: unmapping the destination may cut a VMA in two.
    if (std::uint64_t{world[call.mm].map_count} + 5 >= p.max_map_count) return failed<D>(Errno::enomem);
    if (call.has(mremap::fixed)) {
        const Errno error = do_munmap(world, call.mm, call.new_addr.page, call.new_len);
        if (error != Errno::ok) return failed<D>(error);
    }
    if (call.old_len > call.new_len) {
        if (const Errno error = unmap_tail(world, call); error != Errno::ok) return failed<D>(error);
        call.old_len = call.new_len;
    }
    return move_to(world, call, charged);
}

template <class D>
Result<D> grow(World<D>& world, const Call<D>& call, Number<D>* charged) {
    VmaId vma;
    if (const Errno error = vma_to_resize(world, call, &vma, charged); error != Errno::ok) return failed<D>(error);
    const bool at_end = call.old_len == world[vma].end - call.addr;
    if (at_end && vma_expandable(world, vma, call.new_len - call.old_len)) return grow_in_place(world, call, vma);
    if (!call.has(mremap::maymove)) return failed<D>(Errno::enomem);
    return move(world, call, vma, get_unmapped_area(world, call.mm, Bytes<D>(), call.new_len, 0));
}

template <class D>
Result<D> do_mremap(World<D>& world, const Call<D>& call) {
    Number<D> charged = 0;
    Result<D> result;
    if (call.has(mremap::fixed | mremap::dontunmap)) {
        result = mremap_to(world, call, &charged);
    } else if (call.old_len >= call.new_len) {
        // With equal lengths nothing happens, even if nothing is mapped there.
        const Errno error = call.old_len > call.new_len ? unmap_tail(world, call) : Errno::ok;
        return {.error = error, .start = call.addr};
    } else {
        result = grow(world, call, &charged);
    }
    if (result.error != Errno::ok && charged > 0) uncharge_commit(world, charged);
    return result;
}

// PAGE_ALIGN in 64 bits, where the last page's end is 0.
template <class D>
Number<D> page_align(const Bytes<D>& bytes) {
    return page_align_is_zero(bytes) ? Number<D>(0) : bytes.round_up();
}

template <class D>
bool arguments_allowed(const Op<D>& op) {
    const std::uint32_t flags = op.call_flags;
    const bool may_move = (flags & mremap::maymove) != 0;
    if ((flags & ~(mremap::maymove | mremap::fixed | mremap::dontunmap)) != 0) return false;
    if ((flags & (mremap::fixed | mremap::dontunmap)) != 0 && !may_move) return false;
    // Always a move, and never a resize: in bytes, not pages.
    const bool same_length = op.len.offset == op.new_len.offset && op.len.page == op.new_len.page;
    if ((flags & mremap::dontunmap) != 0 && !same_length) return false;
    return op.addr.aligned() && !page_align_is_zero(op.new_len);
}

}  // namespace

template <class D>
void op_mremap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (!arguments_allowed(op)) {
        outcome.error = Errno::einval;
        return;
    }
    const Call<D> call{mm, op.addr.page, page_align(op.len), op.new_len.round_up(), op.new_addr, op.call_flags};
    world.emit(Event::mmap_lock_write, mm.raw());
    const Result<D> result = do_mremap(world, call);
    world.emit(Event::mmap_unlock_write, mm.raw());
    outcome.error = result.error;
    if (!outcome.ok()) return;
    outcome.value = Bytes<D>::pages(result.start);
    if (result.locked && call.new_len > call.old_len)
        mm_populate(world, mm, result.start + call.old_len, call.new_len - call.old_len);
}

template void op_mremap(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_mremap(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
