// munmap, brk and split (v5.10 mm/mmap.c); msync and mincore, which change nothing (mm/msync.c, mm/mincore.c).
#include "properties/refinement/specification.hpp"

namespace vmacheck::specification {

template <class D>
void munmap(View<D>& view) {
    const Op<D>& op = view.step.op;
    const Parameters& p = view.parameters();
    const Number<D>& start = op.addr.page;
    const Number<D> len = op.len.round_up();
    const bool empty = op.len.page == 0 && op.len.offset == 0;
    if (op.addr.offset != 0 || empty || start > p.task_size || len > p.task_size - start) {
        view.require(Errno::einval);
        view.expect(view.map_before, "a refused munmap changes nothing");
        return;
    }
    const bool limited = punches_hole<D>(view, start, start + len) && view.before.map_count >= p.max_map_count;
    if (limited || (view.injected() && view.error() == Errno::enomem)) {
        view.require(Errno::enomem);
        view.expect(view.map_before, "a failed munmap leaves every page as it was");
        return;
    }
    if (cut_refused<D>(view, view.map_before, start, start + len)) {
        view.require(Errno::einval);
        view.expect(view.map_before, "a munmap that may not cut a mapping leaves every page as it was");
        return;
    }
    view.require(Errno::ok);
    PageMap<D> expected = view.map_before;
    expected.remove(start, start + len);
    view.expect(std::move(expected), "munmap leaves nothing in its range, and all outside");
}

namespace {

template <class D>
bool less(const Bytes<D>& a, const Bytes<D>& b) {
    return a.page < b.page || (a.page == b.page && a.offset < b.offset);
}

enum class Answer { must_refuse, may_refuse, must_succeed };

// The heap from start_brk to the break wanted, and the data segment, against RLIMIT_DATA. The kernel compares bytes; in
// whole pages the answer is open where the sum comes within two pages of the limit.
template <class D>
Answer heap_limit(const View<D>& view) {
    const Parameters& p = view.parameters();
    if (p.rlimit_data == unlimited) return Answer::must_succeed;
    const Number<D> used = view.step.op.addr.page + Bytes<D>::from(p.data_bytes).page;
    const Number<D> most = Bytes<D>::from(p.start_brk_bytes).page + p.rlimit_data;
    if (used > most) return Answer::must_refuse;
    return used + 2 > most ? Answer::may_refuse : Answer::must_succeed;
}

// Growth keeps a free page below the next VMA, and below the guard gap of a stack.
template <class D>
bool next_in_the_way(const View<D>& view, const Number<D>& old_end, const Number<D>& new_end) {
    for (const Segment<D>& each : view.map_before.segments()) {
        if (each.end <= old_end) continue;
        const std::uint64_t guard = (each.flags & vm::growsdown) != 0 ? view.parameters().stack_guard_gap : 0;
        return new_end + 1 + guard > each.start;
    }
    return false;
}

template <class D>
Answer answer_to_growth(const View<D>& view, const Number<D>& old_end, const Number<D>& new_end) {
    const Parameters& p = view.parameters();
    if (new_end > p.task_size || (old_end < p.mmap_min_addr && !p.cap_sys_rawio)) return Answer::must_refuse;
    if (view.before.map_count > p.max_map_count || next_in_the_way<D>(view, old_end, new_end))
        return Answer::must_refuse;
    const Number<D> pages = new_end - old_end;
    const bool locks = (view.before.def_flags & vm::locked) != 0;
    if (locks && rules::mlock_may_refuse(view.step, view.before, pages)) return Answer::must_refuse;
    const bool may = view.injected() || rules::commit_may_refuse(view.step, pages) ||
                     rules::rlimit_may_refuse(view.step, view.before, pages);
    return may ? Answer::may_refuse : Answer::must_succeed;
}

template <class D>
Answer answer_to_shrink(const View<D>& view, const Number<D>& new_end, const Number<D>& old_end) {
    if (punches_hole<D>(view, new_end, old_end) && view.before.map_count >= view.parameters().max_map_count)
        return Answer::must_refuse;
    if (cut_refused<D>(view, view.map_before, new_end, old_end)) return Answer::must_refuse;
    return view.injected() ? Answer::may_refuse : Answer::must_succeed;
}

}  // namespace

template <class D>
void brk(View<D>& view) {
    const Bytes<D>& wanted = view.step.op.addr;
    const Bytes<D>& old = view.before.brk;
    const Bytes<D>& given = view.step.outcome.value;
    const Number<D> old_end = old.round_up();
    const Number<D> new_end = wanted.round_up();
    view.require(Errno::ok);  // it has no other way to fail than to return the old break
    Answer answer = heap_limit(view);
    if (less(wanted, Bytes<D>::from(view.parameters().start_brk_bytes))) answer = Answer::must_refuse;
    if (answer != Answer::must_refuse && new_end != old_end) {
        const Answer limited = new_end > old_end ? answer_to_growth<D>(view, old_end, new_end)
                                                 : answer_to_shrink<D>(view, new_end, old_end);
        if (limited == Answer::must_refuse || answer == Answer::must_succeed) answer = limited;
    }
    const bool moved = given.page == wanted.page && given.offset == wanted.offset;
    const bool stayed = given.page == old.page && given.offset == old.offset;
    if (!moved && !stayed) view.object("it returned {:#x}, neither the old break nor the one asked for", given.value());
    if (!moved && answer == Answer::must_succeed) view.object("it must move the break to {:#x}", wanted.value());
    if (!stayed && answer == Answer::must_refuse) view.object("it must not move the break to {:#x}", wanted.value());
    const Mm<D>* after = view.step.world.find(view.mm);
    if (after == nullptr || after->brk.page != given.page || after->brk.offset != given.offset)
        view.object("the break is not what it returned");

    PageMap<D> expected = view.map_before;
    if (moved && new_end < old_end) expected.remove(new_end, old_end);
    if (moved && new_end > old_end) {
        const VmFlags exec = view.parameters().read_implies_exec ? vm::exec : 0;
        expected.insert({old_end, new_end, vm::data_default | exec | vm::account | view.before.def_flags, {}, 0});
    }
    view.expect(std::move(expected), "the heap reaches up to the break, and a refused brk changes nothing");
}

template <class D>
void split(View<D>& view) {
    const Number<D>& page = view.step.op.addr.page;
    const Segment<D>* around = view.map_before.at(page);
    Errno required = Errno::ok;
    if (view.step.op.addr.offset != 0)
        required = Errno::einval;
    else if (around == nullptr)
        required = Errno::efault;
    else if (around->start == page)
        required = Errno::einval;
    else if (view.before.map_count >= view.parameters().max_map_count ||
             (view.injected() && view.error() == Errno::enomem))
        required = Errno::enomem;
    else if (cut_refused<D>(view, *around, page))
        required = Errno::einval;
    view.require(required);
    if (view.error() == Errno::ok) {
        const Segment<D>* upper = view.map_after.at(page);
        if (upper == nullptr || upper->start != page) view.object("no VMA begins at {:#x} after it", address(page));
    }
    view.expect(view.map_before, "a split changes no page");
}

// ---------------------------------------------------------------------------------------------------- walks

namespace {

template <class D>
Errno error_of_msync(const View<D>& view) {
    const Op<D>& op = view.step.op;
    const std::uint32_t flags = op.call_flags;
    const bool both = (flags & ms::async) != 0 && (flags & ms::sync) != 0;
    if (flags > ms::valid || op.addr.offset != 0 || both) return Errno::einval;
    const Number<D> len = wrapped<D>(op.len.round_up());
    if (len == 0) return Errno::ok;
    if (op.addr.page + len >= pages_in_64_bits) return Errno::enomem;
    return walk_over_holes<D>(view, op.addr.page, op.addr.page + len,
                              [&](const Segment<D>& part, const Number<D>&, const Number<D>&) {
                                  const bool locked = (part.flags & vm::locked) != 0;
                                  return locked && (flags & ms::invalidate) != 0 ? Errno::ebusy : Errno::ok;
                              });
}

template <class D>
Errno error_of_mincore(const View<D>& view) {
    const Op<D>& op = view.step.op;
    if (op.addr.offset != 0) return Errno::einval;
    const Number<D> end = op.addr.page + op.len.round_up();
    if (end > view.parameters().task_size) return Errno::enomem;
    return walk_over_holes<D>(view, op.addr.page, end,
                              [](const Segment<D>&, const Number<D>&, const Number<D>&) { return Errno::ok; });
}

}  // namespace

template <class D>
void msync(View<D>& view) {
    view.require(error_of_msync(view));
    view.expect(view.map_before, "msync changes nothing");
}

template <class D>
void mincore(View<D>& view) {
    view.require(error_of_mincore(view));
    view.expect(view.map_before, "mincore changes nothing");
}

template void munmap(View<Plain>&);
template void munmap(View<Traced>&);
template void brk(View<Plain>&);
template void brk(View<Traced>&);
template void split(View<Plain>&);
template void split(View<Traced>&);
template void msync(View<Plain>&);
template void msync(View<Traced>&);
template void mincore(View<Plain>&);
template void mincore(View<Traced>&);

}  // namespace vmacheck::specification
