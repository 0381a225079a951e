// Macro-operations: a few operations in a row that bring about what operations drawn one by one meet seldom, a merge of VMAs that
// belong together. A mapping, a page or none of it, something that takes the mapping apart, and what makes it whole
// again.
#pragma once

#include "checker/random/random_ops.hpp"

#include <vector>

namespace vmacheck {

inline constexpr std::uint64_t macro_op_pages = 7;  // at most; what a window must have

// For a process, within [start, start + pages) of its address space (mremap: next to it), pages at least macro_op_pages.
// The first to perform comes first. Empty: it would take a kind of operation that the mix never draws.
std::vector<Op<Plain>> make_macro_op(SplitMix64& random, const OpMix& mix, std::uint8_t process, std::uint64_t start,
                                     std::uint64_t pages);

}  // namespace vmacheck
