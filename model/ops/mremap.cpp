// mremap(2): the system call of v5.10 mm/mremap.c, in the three orders that its steps have had. What moves a range is in
// model/move_vma.cpp, the steps are in model/remap.cpp.
#include "model/faults/mremap.hpp"
#include "model/accounting.hpp"
#include "model/gap_tree.hpp"
#include "model/mseal.hpp"
#include "model/munmap.hpp"
#include "model/ops/ops.hpp"
#include "model/populate.hpp"
#include "model/refusal.hpp"
#include "model/remap.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// The VMA around the address; none: nothing is mapped there.
template <class D>
VmaId vma_lookup(const World<D>& world, const RemapCall<D>& call) {
    const VmaId id = find_vma(world, call.mm, call.addr);
    return id && world[id].start <= call.addr ? id : VmaId();
}

// Charges for pages of the VMA; *charged is set to the number.
template <class D>
Errno charge(World<D>& world, const RemapCall<D>& call, VmaId vma, const Number<D>& pages, Number<D>* charged) {
    if ((world[vma].flags & vm::account) == 0 || pages == 0) return Errno::ok;
    if (charge_commit(world, call.mm, pages) != Errno::ok) return Errno::enomem;
    *charged = pages;
    return Errno::ok;
}

// vma_to_resize: the VMA that the old range lies in, if it may get the new size. Its charge comes later.
template <class D>
Errno vma_to_resize(World<D>& world, const RemapCall<D>& call, VmaId* out) {
    *out = vma_lookup(world, call);
    return *out ? may_resize(world, call, *out) : Errno::efault;
}

// Charges the growth; *charged is set to the number of pages.
template <class D>
Errno charge_growth(World<D>& world, const RemapCall<D>& call, VmaId vma, Number<D>* charged) {
    if (call.new_len <= call.old_len) return Errno::ok;
    return charge<D>(world, call, vma, call.new_len - call.old_len, charged);
}

// unmap_tail of a range that is to be moved, which is then of the new length.
template <class D>
Errno shrink_before_move(World<D>& world, RemapCall<D>& call, Number<D>* charged) {
    if (call.old_len <= call.new_len) return Errno::ok;
    const Number<D> tail = call.old_len - call.new_len;
    if (const Errno error = unmap_tail(world, call); error != Errno::ok) return error;
    call.old_len = call.new_len;
    const VmaId left = vma_lookup(world, call);
    if (left && world.has_fault(faults::mremap_shrink_charge)) return charge(world, call, left, tail, charged);
    return Errno::ok;
}

// Whether MREMAP_DONTUNMAP is within the limits: the old range stays, so that its length is added.
template <class D>
Errno expands_for_both(const World<D>& world, const RemapCall<D>& call, VmaId vma) {
    const bool within = !call.has(mremap::dontunmap) || may_expand_vm(world, call.mm, world[vma].flags, call.old_len);
    return within ? Errno::ok : Errno::enomem;
}

template <class D>
Errno charge_for_both(World<D>& world, const RemapCall<D>& call, VmaId vma, Number<D>* charged) {
    if (!call.has(mremap::dontunmap) || world.has_fault(faults::dontunmap_no_limit_check)) return Errno::ok;
    return charge<D>(world, call, vma, call.new_len, charged);
}

// What a move to a given address is charged for, and the move. v5.10 charges before it asks for the place; since 5.16
// move_vma does, once there is one.
template <class D>
RemapResult<D> charge_and_move(World<D>& world, const RemapCall<D>& call, VmaId vma, Number<D>* charged) {
    const bool place_first = world.profile().policy.mremap_order != MremapOrder::classic;
    if (place_first)
        if (const UnmappedArea<D> place = place_of_move(world, call, vma); place.error != Errno::ok)
            return remap_failed<D>(place.error);
    Errno error = charge_growth(world, call, vma, charged);
    if (error == Errno::ok) error = charge_for_both(world, call, vma, charged);
    if (error == Errno::ok) return move_range(world, call, vma);
    return remap_failed<D>(place_first ? move_without_charge(world, call, vma) : error);
}

// ---------------------------------------------------------------------------------------------------- v5.10

// mremap_to: to a given address, or anywhere with the old mapping kept. What is at the destination is unmapped before
// the source has been looked at.
template <class D>
RemapResult<D> mremap_to(World<D>& world, RemapCall<D> call, Number<D>* charged) {
    const FunctionScope scope(world, "mremap_to");
    const Parameters& p = world.parameters();
    if (!call.new_addr.aligned()) return remap_failed<D>(Errno::einval);
    if (call.new_len > p.task_size || call.new_addr.page > p.task_size - call.new_len)
        return remap_failed<D>(Errno::einval);
    if (ranges_overlap(call)) return remap_failed<D>(Errno::einval);
    // move_vma's own limit, before anything is unmapped: unmapping the destination may cut a VMA in two.
    if (std::uint64_t{world[call.mm].map_count} + 5 >= p.max_map_count)
        return remap_failed<D>(map_count_refuses(world, call.mm, 5));
    if (call.has(mremap::fixed)) {
        const Errno error = do_munmap(world, call.mm, call.new_addr.page, call.new_len);
        if (error != Errno::ok) return remap_failed<D>(error);
    }
    if (const Errno error = shrink_before_move(world, call, charged); error != Errno::ok) return remap_failed<D>(error);
    VmaId vma;
    if (const Errno error = vma_to_resize(world, call, &vma); error != Errno::ok) return remap_failed<D>(error);
    if (const Errno error = expands_for_both(world, call, vma); error != Errno::ok) return remap_failed<D>(error);
    return charge_and_move(world, call, vma, charged);
}

template <class D>
RemapResult<D> cannot_grow_in_place(const World<D>& world) {
    world.refused([] { return "it cannot grow where it is, and MREMAP_MAYMOVE is not given"; });
    return remap_failed<D>(Errno::enomem);
}

template <class D>
RemapResult<D> grow(World<D>& world, const RemapCall<D>& call, Number<D>* charged) {
    VmaId vma;
    if (const Errno error = vma_to_resize(world, call, &vma); error != Errno::ok) return remap_failed<D>(error);
    if (const Errno error = charge_growth(world, call, vma, charged); error != Errno::ok) return remap_failed<D>(error);
    if (may_grow_in_place(world, call, vma)) return grow_in_place(world, call, vma);
    if (!call.has(mremap::maymove)) return cannot_grow_in_place(world);
    return move_range(world, call, vma);
}

template <class D>
RemapResult<D> mremap_classic(World<D>& world, const RemapCall<D>& call, Number<D>* charged) {
    if (call.to_new_addr()) return mremap_to(world, call, charged);
    if (call.old_len < call.new_len) return grow(world, call, charged);
    // With equal lengths nothing happens, even if nothing is mapped there.
    const Errno error = call.old_len > call.new_len ? unmap_tail(world, call, Downgrade::yes) : Errno::ok;
    return {.error = error, .start = call.addr};
}

// ---------------------------------------------------------------------------------------------------- 5.16 to 6.16

template <class D>
RemapResult<D> mremap_lookup_first(World<D>& world, const RemapCall<D>& call, Number<D>* charged) {
    const VmaId vma = vma_lookup(world, call);
    if (!vma) return remap_failed<D>(Errno::efault);
    if (vma_is_sealed(world[vma])) return remap_failed<D>(Errno::eperm);
    return mremap_classic(world, call, charged);
}

// ---------------------------------------------------------------------------------------------------- 6.17

// check_prep_vma: whether what is asked of the VMA can be done. Of a range that shrinks only what stays must lie in it.
template <class D>
Errno check_prep_vma(const World<D>& world, const RemapCall<D>& call, VmaId vma) {
    if (vma_is_sealed(world[vma])) return Errno::eperm;
    if ((world[vma].flags & vm::hugetlb) != 0) return Errno::einval;
    if (!call.to_new_addr() && call.old_len >= call.new_len) return Errno::ok;
    RemapCall<D> kept = call;
    if (call.old_len > call.new_len) kept.old_len = call.new_len;
    return may_resize(world, kept, vma);
}

// The VMA has been checked, so that little can fail once the destination is gone.
template <class D>
RemapResult<D> mremap_checked_to(World<D>& world, RemapCall<D> call, Number<D>* charged) {
    const FunctionScope scope(world, "mremap_to");
    if (call.has(mremap::fixed)) {
        const Errno error = do_munmap(world, call.mm, call.new_addr.page, call.new_len);
        if (error != Errno::ok) return remap_failed<D>(error);
    }
    if (const Errno error = shrink_before_move(world, call, charged); error != Errno::ok) return remap_failed<D>(error);
    const VmaId vma = vma_lookup(world, call);  // the unmaps may have cut it; a range of no pages may be gone
    if (!vma) return remap_failed<D>(Errno::efault);
    if (const Errno error = expands_for_both(world, call, vma); error != Errno::ok) return remap_failed<D>(error);
    return charge_and_move(world, call, vma, charged);
}

// vma_multi_allowed, negated: memory that userfaultfd watches, and that of files which choose addresses themselves.
template <class D>
bool moves_alone(const World<D>& world, const Vma<D>& vma) {
    if (vma.uffd != 0) return true;
    if (!vma.file) return false;
    const FileKind kind = world[vma.file].kind;
    return kind == FileKind::sysv_shm || kind == FileKind::dev_zero;
}

// remap_move: MREMAP_FIXED of an equal length moves VMA by VMA, with the holes between them. What has been moved when
// one fails stays moved.
template <class D>
RemapResult<D> remap_move(World<D>& world, const RemapCall<D>& call, Number<D>* charged) {
    const FunctionScope scope(world, "remap_move");
    const Number<D> end = call.addr + call.old_len;
    RemapResult<D> result = remap_failed<D>(Errno::efault);
    bool first = true;
    for (Number<D> at = call.addr; at < end || first;) {
        const VmaId id = find_vma(world, call.mm, at);
        const bool in_range = id && (world[id].start < end || (first && world[id].start <= call.addr));
        if (!in_range) return result;
        const Vma<D>& vma = world[id];
        if (first && vma.start > call.addr) return remap_failed<D>(Errno::efault);
        const Number<D> from = vma.start < at ? at : vma.start;
        const Number<D> to = end < vma.end ? end : vma.end;
        if (moves_alone(world, vma) && (!first || vma.end < end)) return remap_failed<D>(Errno::efault);
        RemapCall<D> part = call;
        part.addr = from;
        part.old_len = part.new_len = to - from;
        part.new_addr = Bytes<D>::pages(call.new_addr.page + (from - call.addr));
        Number<D> charged_now = 0;
        RemapResult<D> moved = remap_failed<D>(check_prep_vma(world, part, id));
        if (moved.error == Errno::ok) moved = mremap_checked_to(world, part, &charged_now);
        if (moved.error != Errno::ok) {
            *charged = charged_now;  // of this part alone
            return moved;
        }
        if (first) result = moved;
        first = false;
        at = to;
    }
    return result;
}

template <class D>
RemapResult<D> mremap_checks_first(World<D>& world, const RemapCall<D>& call, Number<D>* charged) {
    // A range of no pages shows its object a second time; it is in one VMA, and is no move.
    if (call.has(mremap::fixed) && call.old_len == call.new_len) return remap_move(world, call, charged);
    const VmaId vma = vma_lookup(world, call);
    if (!vma) return remap_failed<D>(Errno::efault);
    if (const Errno error = check_prep_vma(world, call, vma); error != Errno::ok) return remap_failed<D>(error);
    if (call.to_new_addr()) return mremap_checked_to(world, call, charged);
    if (call.old_len >= call.new_len) {
        const Errno error = call.old_len > call.new_len ? unmap_tail(world, call, Downgrade::yes) : Errno::ok;
        return {.error = error, .start = call.addr};
    }
    if (const Errno error = charge_growth(world, call, vma, charged); error != Errno::ok) return remap_failed<D>(error);
    if (may_grow_in_place(world, call, vma)) return grow_in_place(world, call, vma);
    if (!call.has(mremap::maymove)) return cannot_grow_in_place(world);
    return move_range(world, call, vma);
}

// check_mremap_params, before the lock is taken.
template <class D>
Errno check_params(const World<D>& world, const RemapCall<D>& call) {
    const Parameters& p = world.parameters();
    const std::uint64_t count = world[call.mm].map_count;
    if (call.new_len > p.task_size) return Errno::einval;
    if (call.to_new_addr()) {
        if (call.new_addr.page > p.task_size - call.new_len || !call.new_addr.aligned()) return Errno::einval;
        if (ranges_overlap(call)) return Errno::einval;
    }
    if (world.profile().policy.mremap_counts_first)
        return count + 4 > p.max_map_count ? map_count_refuses(world, call.mm, 4) : Errno::ok;
    return call.to_new_addr() && count + 5 >= p.max_map_count ? map_count_refuses(world, call.mm, 5) : Errno::ok;
}

// ---------------------------------------------------------------------------------------------------- the call

template <class D>
RemapResult<D> do_mremap(World<D>& world, const RemapCall<D>& call) {
    Number<D> charged = 0;
    RemapResult<D> result;
    switch (world.profile().policy.mremap_order) {
        case MremapOrder::classic: result = mremap_classic(world, call, &charged); break;
        case MremapOrder::lookup_first: result = mremap_lookup_first(world, call, &charged); break;
        case MremapOrder::checks_first: result = mremap_checks_first(world, call, &charged); break;
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
bool arguments_allowed(const World<D>& world, const Op<D>& op) {
    const std::uint32_t flags = op.call_flags;
    const bool may_move = (flags & mremap::maymove) != 0;
    if ((flags & ~(mremap::maymove | mremap::fixed | mremap::dontunmap)) != 0) return false;
    if ((flags & (mremap::fixed | mremap::dontunmap)) != 0 && !may_move) return false;
    // Always a move, and never a resize: in bytes, not pages, until the order of the checks changed.
    const bool in_pages = world.profile().policy.mremap_order == MremapOrder::checks_first;
    const bool same_length = in_pages ? page_align(op.len) == page_align(op.new_len)
                                      : op.len.offset == op.new_len.offset && op.len.page == op.new_len.page;
    if ((flags & mremap::dontunmap) != 0 && !same_length) return false;
    return op.addr.aligned() && !page_align_is_zero(op.new_len);
}

}  // namespace

template <class D>
void op_mremap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    if (!arguments_allowed(world, op)) {
        outcome.error = Errno::einval;
        return;
    }
    const RemapCall<D> call{mm, op.addr.page, page_align(op.len), op.new_len.round_up(), op.new_addr, op.call_flags};
    if (world.profile().policy.mremap_order == MremapOrder::checks_first) {
        outcome.error = check_params(world, call);
        if (!outcome.ok()) return;
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    const RemapResult<D> result = do_mremap(world, call);
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
