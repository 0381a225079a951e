// Holds one subject against another: both perform the same operations, and what they show is compared step by step.
//
// The reference may be the model, another profile of it, or a recording. The subject's own observations are checked
// too: properties of observations (properties/observed) hold of every Linux, whatever the reference does.
#pragma once

#include "checker/run/verdict.hpp"
#include "checker/subject/comparison.hpp"

#include <span>

namespace vmacheck {

struct ConformOptions {
    bool observe = true;  // after each step; otherwise only error and value are compared
};

struct ConformResult {
    std::string error;         // why one of the two cannot start so; nothing was run
    std::size_t steps = 0;     // that both performed
    std::size_t compared = 0;  // results
    std::string left_out;      // why a step was refused: the run ended before it; empty: all were performed
    // Of the last step performed. After a difference the two go separate ways, so the run ends with it.
    std::vector<FieldDifference> differences;
    std::vector<Violation> violations;  // of the subject's own rules, and of properties of its observations

    // Undecided where a step was refused: what came after it was never compared.
    [[nodiscard]] Verdict verdict() const;
};

// Events are compared with none: they are the model's own.
ConformResult conform(const Setup& setup, std::span<const TraceStep> steps, Subject& reference, Subject& subject,
                      const ConformOptions& options = {});

}  // namespace vmacheck
