// The ranges of an operation, in pages, by the state before the step and the outcome. By the kind of range that the
// operation's row in op_table names: a new operation needs no line here.
#pragma once

#include "model/op/op_range.hpp"
#include "properties/step/step_view.hpp"

#include <boost/container/static_vector.hpp>

namespace vmacheck {

template <class D>
using Ranges = boost::container::static_vector<PageRangeOf<D>, 3>;

// Where the operation may change VMAs, and their direct neighbours, given its outcome. None: it may change no VMA (or,
// a fault, the one around the address). mm is the address space that the operation is about.
template <class D>
Ranges<D> ranges_of(const Step<D>& step, MmId mm);

// What a call that failed may have changed: the ranges that its arguments name.
template <class D>
Ranges<D> named_ranges(const Step<D>& step, MmId mm);

// Calls f(start, end) for the pages that the operation's result depends on: its ranges, and what may be in their way.
// Ranges that the call refuses unseen are left out.
template <class D, class F>
void each_range_read(const Step<D>& step, const Mm<D>& before, F&& f) {
    const Op<D>& op = step.op;
    const Parameters& parameters = step.world.parameters();
    const Number<D>& start = op.addr.page;
    const bool ok = step.outcome.ok();
    switch (operation(op.kind).range) {
        case OwnRange::placed:
            if (const Number<D> len = mapped_pages(parameters, op); ok)
                f(step.outcome.value.page, step.outcome.value.page + len);
            else if (len <= parameters.task_size)
                f(start, start + len);
            return;
        case OwnRange::pages:
        case OwnRange::read_pages:
            if (op.kind != OpKind::munmap || op.len.round_up() <= parameters.task_size)
                f(start, start + op.len.round_up());
            return;
        case OwnRange::whole_pages:
        case OwnRange::bytes:
        case OwnRange::new_pages: f(start, named_range(op).end); return;
        case OwnRange::everything: f(Number<D>(0), Number<D>(parameters.task_size)); return;
        case OwnRange::moved: {  // what a growth in place would meet is in the source's range
            const Number<D> old_len = op.len.round_up();
            const Number<D> new_len = op.new_len.round_up();
            const Number<D> end = start + (old_len < new_len ? new_len : old_len) + 1;
            f(start, end);
            if (end > pages_in_64_bits) f(Number<D>(0), end >= pages_in_64_bits ? end - pages_in_64_bits : end);
            const Number<D>& to = ok ? step.outcome.value.page : op.new_addr.page;
            if (new_len <= parameters.task_size) f(to, to + new_len);
            return;
        }
        case OwnRange::heap_end: {
            const Number<D> old_end = before.brk.round_up();
            const Number<D> new_end = op.addr.round_up();
            if (new_end < old_end)
                f(new_end, old_end);
            else
                f(old_end, new_end + 2 + parameters.stack_guard_gap);  // what may be in the way
            return;
        }
        case OwnRange::attachment: {
            PageRangeOf<D> range = named_attachment(step);
            if (ok) range = attached_range(step);
            if (range.end - range.start <= parameters.task_size) f(range.start, range.end);
            return;
        }
        case OwnRange::attached: f(start, Number<D>(parameters.task_size)); return;
        case OwnRange::page:
        case OwnRange::boundary: f(start, start + 1); return;
        case OwnRange::none:
        case OwnRange::entry: return;
    }
}

// What the call has newly mapped; empty: nothing.
template <class D>
PageRangeOf<D> newly_mapped(const Step<D>& step, MmId mm) {
    const Op<D>& op = step.op;
    const Number<D>& start = step.outcome.value.page;
    switch (op.kind) {
        case OpKind::mmap: return {start, start + mapped_pages(step.world.parameters(), op)};
        case OpKind::shmat: return attached_range(step);
        case OpKind::remap_file_pages:
        case OpKind::special_mapping: return named_range(op);
        case OpKind::brk: {
            const Number<D> old_end = step.world.before(mm)->brk.round_up();
            const Number<D> end = step.world.find(mm)->brk.round_up();
            return {old_end, end < old_end ? old_end : end};
        }
        default: return {0, 0};
    }
}

}  // namespace vmacheck
