// The range of pages that an operation is about, as far as its arguments and its outcome say it. What depends on the
// state before the step is in properties/step/ranges.hpp.
#pragma once

#include "model/op/op_table.hpp"
#include "model/op/page_range.hpp"

#include <optional>

namespace vmacheck {

// The pages that addr and len of an operation name. The length is rounded up, for remap_file_pages down; mlock and
// munlock mean every page that a byte of the range lies on, and wrap where the kernel's sum does.
template <class D>
PageRangeOf<D> named_range(const Op<D>& op) {
    const OwnRange kind = operation(op.kind).range;
    if (kind == OwnRange::whole_pages) return {op.addr.page, op.addr.page + op.len.page};
    if (kind != OwnRange::bytes) return {op.addr.page, op.addr.page + op.len.round_up()};
    const unsigned rest = unsigned{op.addr.offset} + op.len.offset;
    const Number<D> len = op.len.page + (rest + page_size - 1) / page_size;
    return {op.addr.page, op.addr.page + (len >= pages_in_64_bits ? len - pages_in_64_bits : len)};
}

// The pages that an operation names, or that it returned, for people; nothing if it names none.
std::optional<PageRange> pages_of(const Op<Plain>& op, const Outcome<Plain>& outcome, std::uint64_t brk_before_bytes);

}  // namespace vmacheck
