// The known differences between a recorded kernel and the v5.10 model: one table.
//
// None is a guess. Each has a predicate (call_differences.cpp for the result of a call, layout_comparison.cpp for a
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
    // in a call's result
    thp_alignment,
    unfinished_call_order,
    stack_growth_unknown,  // also in a layout
    brk_empty_shrink,
    // in a layout
    brk_joins_bss,
    map_stack_nohugepage,
    account_dropped,
    faulted_joins_unfaulted,
    fault_unknown,
    mapped_before_read,
    // no cause found
    unexplained,
    count,
};

struct KnownDifferenceInfo {
    KnownDifference cause;
    std::string_view name;      // stable
    std::string_view since;     // the first kernel version that differs from v5.10; empty: no version, the log lacks it
    std::string_view sentence;  // what the kernel did, or what the log does not hold
};

const KnownDifferenceInfo& info(KnownDifference cause);
// Whether it can explain a difference of this profile ("v5.10"): not one that the profile's version has itself.
bool known_of(std::string_view profile, KnownDifference cause);
using KnownDifferenceCounts = std::array<std::size_t, static_cast<std::size_t>(KnownDifference::count)>;

struct ExplainedDifference {
    std::size_t line = 0;  // of the log, or of the maps text
    KnownDifference cause = KnownDifference::unexplained;
    std::string text;    // what the model did and what the kernel did
    std::string detail;  // more of it, that may change while the difference stays; may be empty
};

KnownDifferenceCounts count_causes(const std::vector<ExplainedDifference>& differences);

}  // namespace vmacheck
