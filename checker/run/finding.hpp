// What a run of a subject over a trace came to, as searching and minimising see it.
#pragma once

#include "traces/format/trace.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace vmacheck {

// Stands for a property where an assumption of the model itself broke (InternalAssertion).
inline constexpr std::string_view internal_assertion_name = "internal-assertion";

struct SubjectRun {
    // Of the first step that breaks anything; empty: all held to the end, or the trace could not be started.
    std::vector<Violation> violations;
    std::size_t step = 0;             // that breaks it, from 1; 0: the starting layout
    std::vector<SeenResult> results;  // where something broke: error and value of each step up to there that ended

    // The violation of a property, of any if the name is empty; nullptr: it was not violated.
    [[nodiscard]] const Violation* breaks(std::string_view property) const {
        for (const Violation& each : violations)
            if (property.empty() || each.property == property) return &each;
        return nullptr;
    }
};

// Anything a trace can be run on. Equal traces give equal runs, whatever was run before.
using TraceRunner = std::function<SubjectRun(const Trace&)>;

}  // namespace vmacheck
