#include "properties/step/ranges.hpp"

namespace vmacheck {
namespace {

// Whether a move that failed had got as far as its copy: ->mremap did not want it there.
template <class D>
bool vetoed(const Step<D>& step) {
    if (step.outcome.ok()) return false;
    for (const EventRecord& each : step.outcome.events)
        if (each.event == Event::vma_created || merge_case(each.event) != 0) return true;
    return false;
}

// The source and what it may grow into; the destination, as far as the call says which it was.
template <class D>
Ranges<D> ranges_of_mremap(const Step<D>& step) {
    const Op<D>& op = step.op;
    const Number<D> old_len = op.len.round_up();
    const Number<D> new_len = op.new_len.round_up();
    const Number<D> end = op.addr.page + (old_len < new_len ? new_len : old_len);
    Ranges<D> ranges{{op.addr.page, end}};
    if (end > pages_in_64_bits) ranges.push_back({0, end - pages_in_64_bits});
    // Where a move was undone, the search has chosen a place that the outcome does not name.
    const bool undone = (allocation_failed(step) && step.outcome.error == Errno::enomem) || vetoed(step);
    if (undone && (op.call_flags & mremap::fixed) == 0)
        ranges.push_back({0, step.world.parameters().task_size});
    else if (step.outcome.ok())
        ranges.push_back({step.outcome.value.page, step.outcome.value.page + new_len});
    else if ((op.call_flags & mremap::fixed) != 0)
        ranges.push_back({op.new_addr.page, op.new_addr.page + new_len});
    return ranges;
}

// What lies beyond the new length, a fixed destination, and what a locked source that stays is cut out of.
template <class D>
Ranges<D> named_ranges_of_mremap(const Op<D>& op) {
    Ranges<D> ranges;
    const Number<D> old_len = op.len.round_up();
    const Number<D> new_len = op.new_len.round_up();
    if (new_len < old_len) {
        const Number<D> sum = op.addr.page + new_len;
        const Number<D> tail = sum >= pages_in_64_bits ? sum - pages_in_64_bits : sum;  // as the kernel's sum wraps
        ranges.push_back({tail, tail + (old_len - new_len)});
    }
    if ((op.call_flags & mremap::fixed) != 0) ranges.push_back({op.new_addr.page, op.new_addr.page + new_len});
    if ((op.call_flags & mremap::dontunmap) != 0) ranges.push_back({op.addr.page, op.addr.page + old_len});
    return ranges;
}

}  // namespace

template <class D>
Ranges<D> ranges_of(const Step<D>& step, MmId mm) {
    const Op<D>& op = step.op;
    using Range = PageRangeOf<D>;
    switch (operation(op.kind).range) {
        case OwnRange::placed: {
            const Number<D> len = mapped_pages(step.world.parameters(), op);
            if (step.outcome.ok()) return {Range{step.outcome.value.page, step.outcome.value.page + len}};
            if ((op.flags & (map::fixed | map::fixed_noreplace)) == 0) return {};
            return {range_of_mmap(step)};
        }
        case OwnRange::pages:
        case OwnRange::whole_pages:
        case OwnRange::bytes:
        case OwnRange::new_pages: return {named_range(op)};
        case OwnRange::everything: return {Range{0, step.world.parameters().task_size}};
        case OwnRange::moved: return ranges_of_mremap(step);
        case OwnRange::heap_end: {
            const Number<D> old_end = step.world.before(mm)->brk.round_up();
            const Number<D> new_end = op.addr.round_up();
            return {new_end < old_end ? Range{new_end, old_end} : Range{old_end, new_end}};
        }
        case OwnRange::boundary: return {Range{op.addr.page, op.addr.page}};
        case OwnRange::attachment:
            if (step.outcome.ok()) return {attached_range(step)};
            return {named_attachment(step)};
        case OwnRange::attached: return {Range{op.addr.page, pages_in_64_bits}};  // pieces may have moved anywhere
        case OwnRange::none:
        case OwnRange::read_pages:
        case OwnRange::page:
        case OwnRange::entry: break;
    }
    return {};
}

template <class D>
Ranges<D> named_ranges(const Step<D>& step, MmId mm) {
    const Op<D>& op = step.op;
    using Range = PageRangeOf<D>;
    switch (operation(op.kind).range) {
        case OwnRange::placed: return {range_of_mmap(step)};
        case OwnRange::pages:
        case OwnRange::whole_pages:
        case OwnRange::bytes:
        case OwnRange::new_pages:
        case OwnRange::everything: return {named_range(op)};
        case OwnRange::moved: return named_ranges_of_mremap(op);
        case OwnRange::heap_end: return {Range{op.addr.round_up(), step.world.before(mm)->brk.round_up()}};
        case OwnRange::boundary: return {Range{op.addr.page, op.addr.page}};
        case OwnRange::attachment: return {named_attachment(step)};
        case OwnRange::none:
        case OwnRange::read_pages:
        case OwnRange::attached:
        case OwnRange::page:  // only grows a stack
        case OwnRange::entry: break;
    }
    return {};
}

template Ranges<Plain> ranges_of(const Step<Plain>&, MmId);
template Ranges<Traced> ranges_of(const Step<Traced>&, MmId);
template Ranges<Plain> named_ranges(const Step<Plain>&, MmId);
template Ranges<Traced> named_ranges(const Step<Traced>&, MmId);

}  // namespace vmacheck
