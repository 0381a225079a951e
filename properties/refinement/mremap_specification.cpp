// mremap: the orders of checks of mm/mremap.c, and what becomes of source and destination.
#include "properties/refinement/remap_steps.hpp"

namespace vmacheck::specification {
namespace {

template <class D>
Number<D> page_align(const Bytes<D>& bytes) {
    return wrapped<D>(bytes.round_up());
}

template <class D>
bool well_formed(const Op<D>& op, bool in_pages) {
    const std::uint32_t flags = op.call_flags;
    if ((flags & ~(mremap::maymove | mremap::fixed | mremap::dontunmap)) != 0) return false;
    if ((flags & mremap::maymove) == 0 && flags != 0) return false;
    const bool resized = in_pages ? page_align(op.len) != page_align(op.new_len)
                                  : op.len.page != op.new_len.page || op.len.offset != op.new_len.offset;
    if ((flags & mremap::dontunmap) != 0 && resized) return false;
    return op.addr.offset == 0 && page_align(op.new_len) != 0;
}

// Where growth in place is a merge, special memory cannot grow so, and memory for a chain may be missing.
template <class D>
bool cannot_extend(const Remap<D>& remap, const Segment<D>& source) {
    if (!remap.policy().mremap_extend_merges) return false;
    const File<D>* file = source.file ? remap.ctx.step.world.find(source.file) : nullptr;
    const bool closes = file != nullptr && (file->kind == FileKind::with_close || file->kind == FileKind::sysv_shm);
    if (closes && !remap.policy().close_merges) return false;
    return (source.flags & vm::special) != 0 || remap.stopped(remap.ctx.injected());
}

template <class D>
void grow(Remap<D>& remap) {
    const Segment<D>* found = remap.map.at(remap.addr);
    if (const Errno error = error_of_source(remap, found); error != Errno::ok)
        return remap.refuse(error, "a growth that is refused changes nothing");
    const Segment<D> source = *found;
    if (remap.stopped(growth_may_be_refused(remap, source)))
        return remap.refuse(Errno::enomem, "a growth that is refused changes nothing");
    const Number<D> end = remap.addr + remap.new_len;
    if (may_grow_to<D>(remap, source, end)) {
        if (cannot_extend(remap, source)) return remap.refuse(Errno::enomem, "a growth that fails changes nothing");
        remap.ctx.require(Errno::ok);
        check_value<D>(remap, remap.addr);
        const Number<D> offset = source.file ? source.offset + (source.end - source.start) : Number<D>(0);
        remap.map.insert({source.end, end, source.flags, source.file, offset, source.policy, source.uffd, source.name});
        return remap.ctx.expect(remap.map, "a VMA with room above it grows in place");
    }
    if (!remap.has(mremap::maymove)) return remap.refuse(Errno::enomem, "a growth without room changes nothing");
    move_anywhere(remap, source, Bytes<D>());
}

// In user space, and apart from the source.
template <class D>
bool destination_allowed(const Remap<D>& remap, const Bytes<D>& to) {
    const std::uint64_t task_size = remap.ctx.parameters().task_size;
    const bool outside = remap.new_len > task_size || to.page > task_size - remap.new_len;
    if (to.offset != 0 || outside) return false;
    return wrapped<D>(remap.addr + remap.old_len) <= to.page || to.page + remap.new_len <= remap.addr;
}

// FIXED unmaps the destination, then the tail of the source, and only then looks at the source.
template <class D>
void move_to(Remap<D>& remap, const Bytes<D>& to) {
    SpecContext<D>& ctx = remap.ctx;
    const Parameters& p = ctx.parameters();
    if (!destination_allowed(remap, to)) return remap.refuse(Errno::einval, "a refused mremap changes nothing");
    if (ctx.before.map_count + std::uint64_t{5} >= p.max_map_count)
        return remap.refuse(Errno::enomem, "near the map_count limit nothing is moved");
    if (remap.has(mremap::fixed)) {
        if (remap.stopped(ctx.injected() && ctx.map_after.any_in(to.page, to.page + remap.new_len)))
            return remap.refuse(Errno::enomem, "a destination that cannot be cut stays");
        if (const Errno error = unmap_refused<D>(ctx, remap.map, to.page, to.page + remap.new_len); error != Errno::ok)
            return remap.refuse(error, "a destination that may not be cut, or is sealed, stays");
        remap.map.remove(to.page, to.page + remap.new_len);
    }
    if (remap.old_len > remap.new_len && !shrink(remap)) return;
    if (remap.old_len > remap.new_len) remap.old_len = remap.new_len;
    const Segment<D>* found = remap.map.at(remap.addr);
    const char* lost = "a move that is refused leaves the source, and nothing at a fixed destination";
    if (const Errno error = error_of_source(remap, found); error != Errno::ok) return remap.refuse(error, lost);
    const Segment<D> source = *found;
    if (remap.stopped(growth_may_be_refused(remap, source))) return remap.refuse(Errno::enomem, lost);
    if (!remap.has(mremap::fixed)) return move_anywhere<D>(remap, source, to);
    if (to.page < p.mmap_min_addr && !p.cap_sys_rawio) return remap.refuse(Errno::eperm, lost);
    move<D>(remap, source, to.page);
}

// ---------------------------------------------------------------------------------------------------- checks first

// Unmaps what is at the destination; false: the call ended there.
template <class D>
bool clear_destination(Remap<D>& remap, const Number<D>& to) {
    const SpecContext<D>& ctx = remap.ctx;
    const Number<D> end = to + remap.new_len;
    if (remap.stopped(ctx.injected() && ctx.map_after.any_in(to, end))) {
        remap.refuse(Errno::enomem, "a destination that cannot be cut stays");
        return false;
    }
    if (const Errno error = unmap_refused<D>(ctx, remap.map, to, end); error != Errno::ok) {
        remap.refuse(error, "a destination that may not be cut, or is sealed, stays");
        return false;
    }
    remap.map.remove(to, end);
    return true;
}

// The source has been checked. RLIMITs were asked before the destination was unmapped, the commit limit after it.
template <class D>
void move_checked(Remap<D>& remap, const Bytes<D>& to) {
    const SpecContext<D>& ctx = remap.ctx;
    const bool shrinks = remap.old_len > remap.new_len;
    const bool may_be_refused = !shrinks && growth_may_be_refused<D>(remap, *remap.map.at(remap.addr));
    if (remap.stopped(may_be_refused) && difference(remap.map, ctx.map_after).empty()) return;
    if (remap.has(mremap::fixed) && !clear_destination<D>(remap, to.page)) return;
    if (shrinks && !shrink(remap)) return;
    if (shrinks) remap.old_len = remap.new_len;
    const Segment<D>* found = remap.map.at(remap.addr);  // a range of no pages may be at its own destination
    if (found == nullptr) return remap.refuse(Errno::efault, "the object was unmapped with the destination");
    const Segment<D> source = *found;
    const char* lost = "a move that is refused leaves the source, and nothing at a fixed destination";
    if (remap.stopped(may_be_refused)) return remap.refuse(Errno::enomem, lost);
    if (!remap.has(mremap::fixed)) return move_anywhere<D>(remap, source, to);
    if (to.page < ctx.parameters().mmap_min_addr && !ctx.parameters().cap_sys_rawio)
        return remap.refuse(Errno::eperm, lost);
    move<D>(remap, source, to.page);
}

// Moves of VMA after VMA. One that fails leaves those before it moved.
template <class D>
class MoveOfParts {
public:
    MoveOfParts(const Remap<D>& remap, const Number<D>& to) : remap_(remap), to_(to) {
        const Number<D> end = remap.addr + remap.old_len;
        for (const Segment<D>& each : remap.map.segments())
            if (each.end > remap.addr && each.start < end) parts_.push_back(each);
    }

    void check() {
        const SpecContext<D>& ctx = remap_.ctx;
        if (parts_.empty() || parts_.front().start > remap_.addr)
            return remap_.refuse(Errno::efault, "a hole at the start of the range is not moved");
        for (std::size_t i = 0; i < parts_.size(); ++i)
            if (!move_part(i)) return;
        ctx.require(Errno::ok);
        if (ctx.error() != Errno::ok) return;
        check_value<D>(remap_, to_);
        if (!source_may_be_left()) ctx.expect(remap_.map, "what was moved is at its new place, and only there");
    }

private:
    // False: the call ended with it.
    bool move_part(std::size_t i) {
        SpecContext<D>& ctx = remap_.ctx;
        const Number<D> end = remap_.addr + remap_.old_len;
        const Segment<D>& whole = parts_[i];
        const bool alone = i == 0 && whole.end >= end;
        const Number<D> from = whole.start < remap_.addr ? remap_.addr : whole.start;
        const Number<D> len = (whole.end < end ? whole.end : end) - from;
        Remap<D> part{ctx, from, len, len, remap_.flags, remap_.map};
        const Number<D> to = to_ + (from - remap_.addr);
        Errno error = !alone && moves_alone(whole) ? Errno::efault : Errno::ok;
        if (error == Errno::ok && sealed(whole)) error = Errno::eperm;
        if (error == Errno::ok) error = error_of_source(part, &whole);
        if (error != Errno::ok) return refuse(part, error);
        if (ended_here(part, whole)) return false;
        error = unmap_refused<D>(ctx, part.map, to, to + len);
        if (error != Errno::ok) return refuse(part, error);
        part.map.remove(to, to + len);
        if (ended_here(part, whole)) return false;
        if (to < ctx.parameters().mmap_min_addr && !ctx.parameters().cap_sys_rawio) return refuse(part, Errno::eperm);
        const Segment<D> source = *part.map.at(from);
        if (const Errno hook = error_of_hooks<D>(part, source, to); hook != Errno::ok) return refuse(part, hook);
        remap_.map = map_after_move<D>(part, source, to);
        ++moved_;
        return true;
    }
    // Memory that userfaultfd watches, attachments, and private /dev/zero.
    [[nodiscard]] bool moves_alone(const Segment<D>& part) const {
        const File<D>* file = part.file ? remap_.ctx.step.world.before(part.file) : nullptr;
        return part.uffd != 0 ||
               (file != nullptr && (file->kind == FileKind::sysv_shm || file->kind == FileKind::dev_zero));
    }
    bool refuse(const Remap<D>& part, Errno error) {
        remap_.ctx.require(error);
        if (!source_may_be_left())
            remap_.ctx.expect(part.map, "a part that is refused stays, and those before it have moved");
        return false;
    }
    // Whether memory or a limit has ended the call here: the page map is as it was at this moment.
    bool ended_here(const Remap<D>& part, const Segment<D>& source) {
        const SpecContext<D>& ctx = remap_.ctx;
        const bool full = ctx.before.map_count + 3 * parts_.size() + 5 >= ctx.parameters().max_map_count;
        const bool may = ctx.injected() || growth_may_be_refused(remap_, source) || (parts_.size() > 1 && full);
        return part.stopped(may) && (source_may_be_left() || difference(part.map, ctx.map_after).empty());
    }
    // With memory that failed the source of a part that has moved may still be there.
    bool source_may_be_left() const { return moved_ > 0 && remap_.ctx.injected(); }

    Remap<D> remap_;
    Number<D> to_;
    std::vector<Segment<D>> parts_;
    std::size_t moved_ = 0;  // of them
};

template <class D>
void mremap_checks_first(Remap<D>& remap, const Bytes<D>& to) {
    const SpecContext<D>& ctx = remap.ctx;
    const Parameters& p = ctx.parameters();
    const bool to_address = remap.has(mremap::fixed | mremap::dontunmap);
    if (remap.new_len > p.task_size || (to_address && !destination_allowed(remap, to)))
        return remap.refuse(Errno::einval, "a refused mremap changes nothing");
    const std::uint64_t count = ctx.before.map_count;
    if (remap.policy().mremap_counts_first ? count + 4 > p.max_map_count : to_address && count + 5 >= p.max_map_count)
        return remap.refuse(Errno::enomem, "near the map_count limit nothing is moved");
    if (remap.has(mremap::fixed) && remap.old_len == remap.new_len) return MoveOfParts<D>(remap, to.page).check();
    const Segment<D>* source = remap.map.at(remap.addr);
    if (source == nullptr) return remap.refuse(Errno::efault, "nothing is mapped at the address");
    if (sealed(*source)) return remap.refuse(Errno::eperm, "a sealed source stays as it is");
    if ((source->flags & vm::hugetlb) != 0) return remap.refuse(Errno::einval, "huge pages are not resized");
    if (to_address || remap.old_len < remap.new_len) {
        Remap<D> kept = remap;
        if (kept.old_len > kept.new_len) kept.old_len = kept.new_len;
        if (const Errno error = error_of_source(kept, source); error != Errno::ok)
            return remap.refuse(error, "a source that is refused stays, and so does the destination");
        return to_address ? move_checked(remap, to) : grow(remap);
    }
    if (remap.old_len > remap.new_len && !shrink(remap)) return;
    ctx.require(Errno::ok);
    check_value<D>(remap, remap.addr);
    ctx.expect(remap.map, "what lies beyond the new length is unmapped, and nothing else");
}

}  // namespace

template <class D>
void mremap(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const MremapOrder order = ctx.step.world.profile().policy.mremap_order;
    if (!well_formed(op, order == MremapOrder::checks_first)) {
        ctx.require(Errno::einval);
        ctx.expect(ctx.map_before, "a refused mremap changes nothing");
        return;
    }
    Remap<D> remap{ctx, op.addr.page, page_align(op.len), page_align(op.new_len), op.call_flags, ctx.map_before};
    if (order == MremapOrder::checks_first) return mremap_checks_first(remap, op.new_addr);
    if (order == MremapOrder::lookup_first) {
        const Segment<D>* source = remap.map.at(remap.addr);
        if (source == nullptr) return remap.refuse(Errno::efault, "nothing is mapped at the address");
        if (sealed(*source)) return remap.refuse(Errno::eperm, "a sealed source stays as it is");
    }
    if (remap.has(mremap::fixed | mremap::dontunmap)) return move_to(remap, op.new_addr);
    if (remap.old_len < remap.new_len) return grow(remap);
    // Equal lengths are no error even where nothing is mapped.
    if (remap.old_len > remap.new_len && !shrink(remap)) return;
    ctx.require(Errno::ok);
    check_value<D>(remap, remap.addr);
    ctx.expect(remap.map, "what lies beyond the new length is unmapped, and nothing else");
}

template void mremap(SpecContext<Plain>&);
template void mremap(SpecContext<Traced>&);

}  // namespace vmacheck::specification
