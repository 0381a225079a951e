// Why a recorded kernel and the model differ: the one table of causes.
//
// A cause is never a guess. Each has a predicate (lockstep_calls.cpp for the result of a call, lockstep_layout.cpp for a
// difference between layouts) that computes, from the model's state and the call, what the kernel must have done if
// this were the cause, and compares. What no predicate confirms is `unexplained`, which fails a check.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

enum class KnownDifference : std::uint8_t {
    // of a call's result
    thp_alignment,
    unfinished_call_order,
    stack_growth_unknown,  // also of a layout
    brk_empty_shrink,
    // of a layout
    brk_joins_bss,
    map_stack_nohugepage,
    account_dropped,
    fault_unknown,
    mapped_before_read,
    // neither
    unexplained,
    count,
};

struct KnownDifferenceInfo {
    KnownDifference cause;
    std::string_view name;      // stable
    std::string_view sentence;  // what the kernel did, since which version, or what the log does not hold
};

const KnownDifferenceInfo& info(KnownDifference cause);
using KnownDifferenceCounts = std::array<std::size_t, static_cast<std::size_t>(KnownDifference::count)>;

struct ExplainedDifference {
    std::size_t line = 0;  // of the log, or of the maps text
    KnownDifference cause = KnownDifference::unexplained;
    std::string text;  // what the model said and what the kernel did
};

KnownDifferenceCounts count_causes(const std::vector<ExplainedDifference>& differences);

}  // namespace vmacheck
