// Replays a trace on the model: every operation is applied, its results are compared with those that the trace states,
// and every property is checked after each step.
#pragma once

#include "checker/run/finding.hpp"
#include "checker/run/verdict.hpp"
#include "checker/subject/comparison.hpp"
#include "model/state/world_fwd.hpp"
#include "properties/run/property_checker.hpp"
#include "traces/format/trace.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

struct ReplayOptions {
    // Checks the first state, each step, and the last state. nullptr: only what the model itself reports is broken.
    std::shared_ptr<PropertyChecker<Plain>> checker;
    // For pictures: called with the World before the first step, and with each step that was performed, after it was
    // checked, and whether it broke nothing.
    std::function<void(World<Plain>&)> begin;
    std::function<void(const TraceStep&, const World<Plain>&, bool sound)> observe;
};

// A result that is not what the trace states.
struct Difference : FieldDifference {  // expected: as the trace states it; actual: as the model did it
    std::size_t step = 0;              // from 1
    std::size_t line = 0;              // of the trace, from 1; 0 unknown
    friend bool operator==(const Difference&, const Difference&) = default;
};

struct ReplayResult {
    Verdict verdict = Verdict::holds;  // bad_input: the trace cannot be started
    std::string error;                 // why it cannot be started
    std::size_t steps = 0;             // that were performed
    std::size_t compared = 0;          // results that the trace states and that were compared
    std::vector<Difference> differences;
    Broken broken;             // the replay ends at the first step that breaks anything
    std::size_t line = 0;      // of the trace, from 1, that broke; 1 for the starting layout; 0 unknown
    std::uint64_t digest = 0;  // of the last World
    bool expectation_met = false;
};

// "step 3 (line 4)", "the starting layout (line 1)"; without the line where it is unknown.
std::string place_of(std::size_t step, std::size_t line);

ReplayResult replay(const Trace& trace, const ReplayOptions& options = {});

// Whether the header's expectation holds of the result. "holds", or no expectation: every result as stated and nothing
// broken. "violated": the property broke (any, if none is named) and every result up to there is as stated.
bool meets(const std::optional<Expectation>& expectation, const ReplayResult& result);

}  // namespace vmacheck
