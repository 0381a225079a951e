// What the model says of a trace: the result of each step, and the address space that it left.
#pragma once

#include "model/state/observation.hpp"
#include "traces/format/trace.hpp"

#include <vector>

namespace vmacheck {

struct ModelResults {
    std::vector<SeenResult> results;  // error and value of each step; neither where the model abandoned it
    std::vector<ProcessView> after;   // the caller of each step, after it
    ProcessView last;                 // slot 0 after the last step
};

// Throws std::runtime_error if the trace cannot be started, InternalAssertion if the model's own assumptions break.
ModelResults results_on_model(const Trace& trace);

}  // namespace vmacheck
