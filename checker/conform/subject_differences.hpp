// Differences between the model and real kernels that are known and stay: one table. What matches a row is counted and
// named, and does not count as a difference. Each row is a limit of the model (model/README.md), not of a subject, and has
// a trace in traces/known.
#pragma once

#include "checker/run/finding.hpp"

#include <span>
#include <string_view>

namespace vmacheck {

struct SubjectDifference {
    std::string_view name;    // stable
    std::string_view reason;  // one sentence: what the kernel does and the model does not
    bool (*matches)(const Finding&);
    bool on_running =
        true;  // traces/known/NAME.jsonl shows it on a running v6.18; otherwise on a guest or an older tree alone
};

std::span<const SubjectDifference> subject_differences();

// The row that a difference matches; nullptr: it is none of them. Looks at the last operation, at what was expected of it
// and came, and at the operations before it.
const SubjectDifference* known_subject_difference(const Finding& finding);

}  // namespace vmacheck
