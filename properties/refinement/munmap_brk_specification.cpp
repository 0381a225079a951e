// munmap, brk and split (v5.10 mm/mmap.c).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {

template <class D>
void munmap(SpecContext<D>& ctx) {
    const Op<D>& op = ctx.step.op;
    const Parameters& p = ctx.parameters();
    const Number<D>& start = op.addr.page;
    const Number<D> len = op.len.round_up();
    const bool empty = op.len.page == 0 && op.len.offset == 0;
    if (op.addr.offset != 0 || empty || start > p.task_size || len > p.task_size - start) {
        ctx.require(Errno::einval);
        ctx.expect(ctx.map_before, "a refused munmap changes nothing");
        return;
    }
    const bool limited = punches_hole<D>(ctx, start, start + len) && ctx.before.map_count >= p.max_map_count;
    if (limited || (ctx.injected() && ctx.error() == Errno::enomem)) {
        ctx.require(Errno::enomem);
        ctx.expect(ctx.map_before, "a failed munmap leaves every page as it was");
        return;
    }
    if (const Errno error = unmap_refused<D>(ctx, ctx.map_before, start, start + len); error != Errno::ok) {
        ctx.require(error);
        ctx.expect(ctx.map_before, "a munmap of what may not be cut, or is sealed, leaves every page as it was");
        return;
    }
    ctx.require(Errno::ok);
    PageMap<D> expected = ctx.map_before;
    expected.remove(start, start + len);
    ctx.expect(expected, "munmap leaves nothing in its range, and all outside");
}

namespace {

template <class D>
bool less(const Bytes<D>& a, const Bytes<D>& b) {
    return a.page < b.page || (a.page == b.page && a.offset < b.offset);
}

enum class Expected { must_refuse, may_refuse, must_succeed };

// The heap from start_brk to the break wanted, and the data segment, against RLIMIT_DATA. The kernel compares bytes; in
// whole pages the answer is open where the sum comes within two pages of the limit.
template <class D>
Expected heap_limit(const SpecContext<D>& ctx) {
    const Parameters& p = ctx.parameters();
    if (p.rlimit_data == unlimited) return Expected::must_succeed;
    const Number<D> used = ctx.step.op.addr.page + Bytes<D>::from(p.data_bytes).page;
    const Number<D> most = Bytes<D>::from(p.start_brk_bytes).page + p.rlimit_data;
    if (used > most) return Expected::must_refuse;
    return used + 2 > most ? Expected::may_refuse : Expected::must_succeed;
}

// Growth keeps a free page below the next VMA, and below the guard gap of a stack.
template <class D>
bool next_in_the_way(const SpecContext<D>& ctx, const Number<D>& old_end, const Number<D>& new_end) {
    for (const Segment<D>& each : ctx.map_before.segments()) {
        if (each.end <= old_end) continue;
        const std::uint64_t guard = (each.flags & vm::growsdown) != 0 ? ctx.parameters().stack_guard_gap : 0;
        return new_end + 1 + guard > each.start;
    }
    return false;
}

template <class D>
Expected answer_to_growth(const SpecContext<D>& ctx, const Number<D>& old_end, const Number<D>& new_end) {
    const Parameters& p = ctx.parameters();
    if (new_end > p.task_size || (old_end < p.mmap_min_addr && !p.cap_sys_rawio)) return Expected::must_refuse;
    if (ctx.before.map_count > p.max_map_count || next_in_the_way<D>(ctx, old_end, new_end))
        return Expected::must_refuse;
    const Number<D> pages = new_end - old_end;
    const bool locks = (ctx.before.def_flags & vm::locked) != 0;
    if (locks && rules::mlock_may_refuse(ctx.step, ctx.before, pages)) return Expected::must_refuse;
    const bool may = ctx.injected() || rules::commit_may_refuse(ctx.step, pages) ||
                     rules::rlimit_may_refuse(ctx.step, ctx.before, pages);
    return may ? Expected::may_refuse : Expected::must_succeed;
}

template <class D>
Expected answer_to_shrink(const SpecContext<D>& ctx, const Number<D>& new_end, const Number<D>& old_end) {
    if (ctx.step.world.profile().policy.brk_needs_mapping && !ctx.map_before.any_in(new_end, old_end))
        return Expected::must_refuse;
    if (punches_hole<D>(ctx, new_end, old_end) && ctx.before.map_count >= ctx.parameters().max_map_count)
        return Expected::must_refuse;
    if (unmap_refused<D>(ctx, ctx.map_before, new_end, old_end) != Errno::ok) return Expected::must_refuse;
    return ctx.injected() ? Expected::may_refuse : Expected::must_succeed;
}

}  // namespace

template <class D>
void brk(SpecContext<D>& ctx) {
    const Bytes<D>& wanted = ctx.step.op.addr;
    const Bytes<D>& old = ctx.before.brk;
    const Bytes<D>& given = ctx.step.outcome.value;
    const Number<D> old_end = old.round_up();
    const Number<D> new_end = wanted.round_up();
    ctx.require(Errno::ok);  // it has no other way to fail than to return the old break
    Expected answer = heap_limit(ctx);
    if (less(wanted, Bytes<D>::from(ctx.parameters().start_brk_bytes))) answer = Expected::must_refuse;
    if (answer != Expected::must_refuse && new_end != old_end) {
        const Expected limited =
            new_end > old_end ? answer_to_growth<D>(ctx, old_end, new_end) : answer_to_shrink<D>(ctx, new_end, old_end);
        if (limited == Expected::must_refuse || answer == Expected::must_succeed) answer = limited;
    }
    const bool moved = given.page == wanted.page && given.offset == wanted.offset;
    const bool stayed = given.page == old.page && given.offset == old.offset;
    if (!moved && !stayed) ctx.fail("returned {:#x}, expected the old break or the new one", given.value());
    if (!moved && answer == Expected::must_succeed)
        ctx.fail("the break did not move, expected it at {:#x}", wanted.value());
    if (!stayed && answer == Expected::must_refuse)
        ctx.fail("the break moved to {:#x}, expected it to stay", wanted.value());
    const Mm<D>* after = ctx.step.world.find(ctx.mm);
    if (after == nullptr || after->brk.page != given.page || after->brk.offset != given.offset)
        ctx.fail("the break is {:#x}, expected {:#x} as returned", after == nullptr ? 0 : after->brk.value(),
                 given.value());

    PageMap<D> expected = ctx.map_before;
    if (moved && new_end < old_end) expected.remove(new_end, old_end);
    if (moved && new_end > old_end) {
        const VmFlags exec = ctx.parameters().read_implies_exec ? vm::exec : 0;
        expected.insert({old_end, new_end, vm::data_default | exec | vm::account | ctx.before.def_flags, {}, 0});
    }
    ctx.expect(expected, "the heap reaches up to the break, and a refused brk changes nothing");
}

template <class D>
void split(SpecContext<D>& ctx) {
    const Number<D>& page = ctx.step.op.addr.page;
    const Segment<D>* around = ctx.map_before.at(page);
    Errno required = Errno::ok;
    if (ctx.step.op.addr.offset != 0)
        required = Errno::einval;
    else if (around == nullptr)
        required = Errno::efault;
    else if (around->start == page)
        required = Errno::einval;
    else if (ctx.before.map_count >= ctx.parameters().max_map_count || (ctx.injected() && ctx.error() == Errno::enomem))
        required = Errno::enomem;
    else if (cut_refused<D>(ctx, *around, page))
        required = Errno::einval;
    ctx.require(required);
    if (ctx.error() == Errno::ok) {
        const Segment<D>* upper = ctx.map_after.at(page);
        if (upper == nullptr || upper->start != page) ctx.fail("no VMA begins at {:#x} after it", address(page));
    }
    ctx.expect(ctx.map_before, "a split changes no page");
}

template void munmap(SpecContext<Plain>&);
template void munmap(SpecContext<Traced>&);
template void brk(SpecContext<Plain>&);
template void brk(SpecContext<Traced>&);
template void split(SpecContext<Plain>&);
template void split(SpecContext<Traced>&);

}  // namespace vmacheck::specification
