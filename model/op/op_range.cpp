#include "model/op/op_range.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

// Ends that leave 64 bits are cut: they are arguments of a call that failed.
std::optional<PageRange> cut_to_64_bits(std::uint64_t start, std::uint64_t end) {
    end = std::min(end, pages_in_64_bits - 1);
    if (start >= end) return std::nullopt;
    return PageRange{start, end};
}

}  // namespace

std::optional<PageRange> pages_of(const Op<Plain>& op, const Outcome<Plain>& outcome, std::uint64_t brk_before_bytes) {
    const std::uint64_t page = op.addr.page.value();
    const PageRangeOf<Plain> named = named_range(op);
    switch (operation(op.kind).range) {
        case OwnRange::placed:
            if (outcome.ok() && outcome.violations.empty()) {
                const std::uint64_t start = outcome.value.page.value();
                return cut_to_64_bits(start, start + op.len.round_up().value());
            }
            if ((op.flags & (map::fixed | map::fixed_noreplace)) == 0) return std::nullopt;
            [[fallthrough]];
        case OwnRange::pages:
        case OwnRange::read_pages:
        case OwnRange::whole_pages:
        case OwnRange::bytes:
        case OwnRange::new_pages:
        case OwnRange::moved:  // the source; the destination shows by what came there
            return cut_to_64_bits(named.start.value(), named.end.value());
        case OwnRange::page:
        case OwnRange::boundary:
        case OwnRange::entry: return cut_to_64_bits(page, page + 1);
        case OwnRange::heap_end: {
            const std::uint64_t old_end = Bytes<Plain>::from(brk_before_bytes).round_up().value();
            const std::uint64_t new_end = op.addr.round_up().value();
            return cut_to_64_bits(std::min(old_end, new_end), std::max(old_end, new_end));
        }
        case OwnRange::none:
        case OwnRange::attachment:  // the segment knows how long it is
        case OwnRange::attached:
        case OwnRange::everything: break;
    }
    return std::nullopt;
}

}  // namespace vmacheck
