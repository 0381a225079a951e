#include "properties/refinement/remap_steps.hpp"

#include "properties/refinement/placement.hpp"

namespace vmacheck::specification {

namespace {

// More VMAs than this are not scanned for the address that a move without MREMAP_FIXED must find.
constexpr std::uint32_t scanned = 16;

// Pages with VM_LOCKED that the call has unmapped so far.
template <class D>
Number<D> locked_now(const Remap<D>& remap) {
    Number<D> before = 0;
    Number<D> left = 0;
    for (const Segment<D>& each : remap.ctx.map_before.segments())
        if ((each.flags & vm::locked) != 0) before += each.end - each.start;
    for (const Segment<D>& each : remap.map.segments())
        if ((each.flags & vm::locked) != 0) left += each.end - each.start;
    return remap.ctx.before.locked_vm + left - before;
}

// Page offset, as its VMA counts it, of the first page of the range. Private memory has one too, which shows nowhere
// else.
template <class D>
Number<D> offset_of_range(const Remap<D>& remap) {
    Number<D> offset = 0;
    each_vma_before(remap.ctx.step.world, remap.ctx.mm, [&](VmaId, const Vma<D>& vma) {
        if (vma.end <= remap.addr) return true;
        if (vma.start <= remap.addr) offset = linear_page_index(vma, remap.addr);
        return false;
    });
    return offset;
}

// Which memory MREMAP_DONTUNMAP refuses.
template <class D>
bool dontunmap_refuses(const Remap<D>& remap, const Segment<D>& source) {
    if (remap.policy().dontunmap_of_files) return (source.flags & (vm::dontexpand | vm::pfnmap)) != 0;
    return !anonymous(remap.ctx, source) || (source.flags & vm::shared) != 0;
}

}  // namespace

// vma_to_resize, but for the limits that may refuse.
template <class D>
Errno error_of_source(const Remap<D>& remap, const Segment<D>* source) {
    const Parameters& p = remap.ctx.parameters();
    if (source == nullptr) return Errno::efault;
    const bool shares = (source->flags & (vm::shared | vm::may_share)) != 0;
    if (remap.old_len == 0 && !shares) return Errno::einval;
    if (remap.has(mremap::dontunmap) && dontunmap_refuses(remap, *source)) return Errno::einval;
    if ((source->flags & vm::hugetlb) != 0) return Errno::einval;
    if (remap.addr + remap.old_len > source->end) return Errno::efault;
    if (remap.new_len == remap.old_len) return Errno::ok;
    if (offset_of_range(remap) + remap.new_len >= std::uint64_t{1} << p.pgoff_bits) return Errno::einval;
    if ((source->flags & (vm::dontexpand | vm::pfnmap)) != 0) return Errno::efault;
    const Number<D> more = remap.new_len - remap.old_len;
    const bool limited = (source->flags & vm::locked) != 0 && !p.cap_ipc_lock && p.rlimit_memlock != unlimited;
    // The sum is one of bytes, and wraps.
    return limited && wrapped<D>(locked_now(remap) + more) > p.rlimit_memlock ? Errno::eagain : Errno::ok;
}

// Whether RLIMIT_AS, RLIMIT_DATA or overcommit may refuse what is mapped in addition.
template <class D>
bool growth_may_be_refused(const Remap<D>& remap, const Segment<D>& source) {
    const SpecContext<D>& ctx = remap.ctx;
    const Number<D> more = remap.has(mremap::dontunmap) ? remap.old_len : remap.new_len - remap.old_len;
    if (more == 0) return false;
    const bool charged = (source.flags & vm::account) != 0;
    return rules::rlimit_may_refuse(ctx.step, ctx.before, more) ||
           (charged && rules::commit_may_refuse(ctx.step, more));
}

template <class D>
void check_value(const Remap<D>& remap, const Number<D>& wanted) {
    const Bytes<D>& given = remap.ctx.step.outcome.value;
    if (given.page != wanted || given.offset != 0)
        remap.ctx.fail("returned {:#x}, expected {:#x}", given.value(), wanted.value() * page_size);
}

namespace {

// The pages of the source from addr on, at another place and of another number, and not registered with userfaultfd.
// Private /dev/zero keeps its offset only once it has pages; until then it is given that of the address, as all
// anonymous memory.
template <class D>
Segment<D> copy_of(const Remap<D>& remap, const Segment<D>& source, const Number<D>& to) {
    Segment<D> copy{to, to + remap.new_len, source.flags & ~vm::uffd, source.file, 0, source.policy, 0, source.name};
    if (!source.file && (source.flags & vm::special) == 0) return copy;  // its offset does not show
    const bool rebased = anonymous(remap.ctx, source) && !was_faulted(remap.ctx, remap.addr);
    copy.offset = rebased ? to : source.offset + (remap.addr - source.start);
    return copy;
}

// ---------------------------------------------------------------------------------------------------- the parts

}  // namespace

// Unmaps what lies beyond the new length; false: the call ended there. A range that is not in user space is refused.
template <class D>
bool shrink(Remap<D>& remap) {
    const Parameters& p = remap.ctx.parameters();
    const Number<D> start = wrapped<D>(remap.addr + remap.new_len);
    const Number<D> len = remap.old_len - remap.new_len;
    if (start > p.task_size || len > p.task_size - start) {
        remap.refuse(Errno::einval, "a range that leaves the address space is not shrunk");
        return false;
    }
    const bool limited = punches_hole<D>(remap.ctx, start, start + len) &&
                         remap.ctx.before.map_count >= p.max_map_count && !remap.has(mremap::fixed);
    if (limited || remap.stopped(remap.ctx.injected() && remap.map.any_in(start, start + len) &&
                                 remap.ctx.map_after.any_in(start, start + len))) {
        remap.refuse(Errno::enomem, "a range that cannot be cut is not shrunk");
        return false;
    }
    if (const Errno error = unmap_refused<D>(remap.ctx, remap.map, start, start + len); error != Errno::ok) {
        remap.refuse(error, "a range that may not be cut, or is sealed, is not shrunk");
        return false;
    }
    remap.map.remove(start, start + len);
    return true;
}

namespace {

// Whether the vdso is mapped around the page; pages do not show it.
template <class D>
bool is_vdso(const SpecContext<D>& ctx, const Number<D>& page) {
    bool found = false;
    each_vma_before(ctx.step.world, ctx.mm, [&](VmaId, const Vma<D>& vma) {
        if (vma.end <= page) return true;
        found = vma.start <= page && vma.ops == VmOps::vdso;
        return false;
    });
    return found;
}

}  // namespace

// What ->split says to a source that is to leave its VMA, and ->mremap to the new place.
template <class D>
Errno error_of_hooks(const Remap<D>& remap, const Segment<D>& source, const Number<D>& to) {
    const SpecContext<D>& ctx = remap.ctx;
    if (cut_refused<D>(ctx, source, remap.addr) || cut_refused<D>(ctx, source, remap.addr + remap.old_len))
        return Errno::einval;
    if (!source.file)
        return is_vdso<D>(ctx, remap.addr) && remap.new_len != ctx.parameters().vdso_pages ? Errno::einval : Errno::ok;
    const FileSpec* spec = spec_behind(ctx, source.file);
    if (spec == nullptr || anonymous(ctx, source)) return Errno::ok;
    if (spec->mremap_error != Errno::ok) return spec->mremap_error;
    return spec->granule > 1 && remainder(to, spec->granule) != 0 ? Errno::einval : Errno::ok;
}

template <class D>
PageMap<D> map_after_move(const Remap<D>& remap, const Segment<D>& source, const Number<D>& to) {
    const Number<D> old_end = remap.addr + remap.old_len;
    PageMap<D> moved = remap.map;
    if (remap.has(mremap::dontunmap))
        moved.set_flags(remap.addr, old_end, source.flags & ~(vm::locked | vm::lockonfault));
    else
        moved.remove(remap.addr, old_end);
    moved.insert(copy_of(remap, source, to));
    return moved;
}

// Memory that failed in the move itself: source and destination are as the call found them.
template <class D>
void move(Remap<D>& remap, const Segment<D>& source, const Number<D>& to) {
    SpecContext<D>& ctx = remap.ctx;
    const bool to_address = remap.has(mremap::fixed | mremap::dontunmap);
    const bool full = !to_address && !remap.policy().mremap_counts_first &&
                      ctx.before.map_count + std::uint64_t{3} >= ctx.parameters().max_map_count;
    if (full || remap.stopped(ctx.injected()))
        return remap.refuse(Errno::enomem, "a move that fails leaves source and destination as they were");
    if (const Errno error = error_of_hooks(remap, source, to); error != Errno::ok)
        return remap.refuse(error, "a move that is not wanted leaves source and destination as they were");
    ctx.require(Errno::ok);
    if (ctx.error() != Errno::ok) return;
    if (remap.map.any_in(to, to + remap.new_len)) ctx.fail("returned an address that was not free");
    check_value(remap, to);
    const PageMap<D> moved = map_after_move(remap, source, to);
    if (!ctx.injected()) return ctx.expect(moved, "what was moved is at its new place, and only there");
    // The last cut, of a source that is to be unmapped, may find no memory: the call succeeds, and both stay.
    PageMap<D> both = remap.map;
    both.insert(copy_of(remap, source, to));
    ctx.expect_either(moved, both, "what was moved is at its new place, and only there");
}

// Room for a VMA to grow to this end where it is. A stack's guard gap above it is not kept.
template <class D>
bool may_grow_to(const Remap<D>& remap, const Segment<D>& source, const Number<D>& end) {
    const Parameters& p = remap.ctx.parameters();
    if (remap.addr + remap.old_len != source.end || remap.map.any_in(source.end, end)) return false;
    return end <= p.task_size && (source.start >= p.mmap_min_addr || p.cap_sys_rawio);
}

namespace {

// Where a move goes that was given no address. Errno::ok and no value if any free address will do.
template <class D>
Placement<D> place(const Remap<D>& remap, const Bytes<D>& hint, const Segment<D>& source) {
    const SpecContext<D>& ctx = remap.ctx;
    if (ctx.before.map_count > scanned) return {Errno::ok, 0, true};
    PlacementRequest<D> request{hint, remap.new_len, 0, false};
    request.transparent = !source.file;
    const FileSpec* spec = source.file ? spec_behind(ctx, source.file) : nullptr;
    if (spec != nullptr && spec->huge_aligned) {
        request.huge_aligned = true;
        request.offset = offset_of_range(remap);
    }
    return specified_placement(ctx.step, ctx.mm, request);
}

}  // namespace

template <class D>
void move_anywhere(Remap<D>& remap, const Segment<D>& source, const Bytes<D>& hint) {
    SpecContext<D>& ctx = remap.ctx;
    Placement<D> placement = place(remap, hint, source);
    if (placement.open) {
        if (ctx.error() == Errno::enomem || ctx.error() == Errno::eperm)
            return remap.refuse(ctx.error(), "a move without a place for it changes nothing");
        placement = {Errno::ok, ctx.step.outcome.value.page};
    }
    if (placement.error != Errno::ok)
        return remap.refuse(placement.error, "a move without a place for it changes nothing");
    move<D>(remap, source, placement.start);
}

template Errno error_of_source(const Remap<Plain>&, const Segment<Plain>*);
template bool growth_may_be_refused(const Remap<Plain>&, const Segment<Plain>&);
template void check_value(const Remap<Plain>&, const Number<Plain>&);
template bool shrink(Remap<Plain>&);
template Errno error_of_hooks(const Remap<Plain>&, const Segment<Plain>&, const Number<Plain>&);
template PageMap<Plain> map_after_move(const Remap<Plain>&, const Segment<Plain>&, const Number<Plain>&);
template void move(Remap<Plain>&, const Segment<Plain>&, const Number<Plain>&);
template void move_anywhere(Remap<Plain>&, const Segment<Plain>&, const Bytes<Plain>&);
template bool may_grow_to(const Remap<Plain>&, const Segment<Plain>&, const Number<Plain>&);
template Errno error_of_source(const Remap<Traced>&, const Segment<Traced>*);
template bool growth_may_be_refused(const Remap<Traced>&, const Segment<Traced>&);
template void check_value(const Remap<Traced>&, const Number<Traced>&);
template bool shrink(Remap<Traced>&);
template Errno error_of_hooks(const Remap<Traced>&, const Segment<Traced>&, const Number<Traced>&);
template PageMap<Traced> map_after_move(const Remap<Traced>&, const Segment<Traced>&, const Number<Traced>&);
template void move(Remap<Traced>&, const Segment<Traced>&, const Number<Traced>&);
template void move_anywhere(Remap<Traced>&, const Segment<Traced>&, const Bytes<Traced>&);
template bool may_grow_to(const Remap<Traced>&, const Segment<Traced>&, const Number<Traced>&);

}  // namespace vmacheck::specification
