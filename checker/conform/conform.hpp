// Holds one subject against another: both perform the same operations, and what they show is compared step by step.
//
// The reference may be the model, another profile of it, or a recording. The subject's own observations are checked
// too: properties of observations (properties/observed) hold of every Linux, whatever the reference does.
#pragma once

#include "checker/run/verdict.hpp"
#include "checker/subject/comparison.hpp"

#include <map>
#include <span>

namespace vmacheck {

struct ConformOptions {
    bool observe = true;  // after each step; otherwise only error and value are compared
};

// Why operations were left out, and how many: neither side performed them.
using LeftOut = std::map<std::string, std::size_t>;

struct ConformResult {
    std::string error;         // why one of the two cannot start so; nothing was run
    Setup started;             // what both started from
    std::size_t steps = 0;     // that both performed
    std::size_t compared = 0;  // results
    LeftOut left_out;          // operations that one of the two said it would refuse
    std::string ended;         // why a step was refused when it was its turn: the run ended before it
    std::size_t position = 0;  // of the last step that both performed, among all steps, from 1; 0: none
    // Of the last step performed. After a difference the two go separate ways, so the run ends with it.
    std::vector<FieldDifference> differences;
    std::vector<Violation> violations;  // of the subject's own rules, and of properties of its observations

    // Undecided where a step was refused in its turn: what came after it was never compared.
    [[nodiscard]] Verdict verdict() const;
};

// Events are compared with none: they are the model's own. Both start as the subject can start. Throws SubjectLost.
ConformResult conform(const Setup& wanted, std::span<const TraceStep> steps, Subject& reference, Subject& subject,
                      const ConformOptions& options = {});

// "gvisor (release-20221219): why".
std::string reason_of(const Subject& subject, const std::string& why);

// What a difference says is not so, as a property has it: "result-agrees", "layout-agrees", "counters-agree" or
// "processes-agree", and the difference in words.
Violation as_violation(const FieldDifference& difference);
// Whether it is one of these, and not a property that the subject itself breaks.
bool is_difference(std::string_view property);

}  // namespace vmacheck
