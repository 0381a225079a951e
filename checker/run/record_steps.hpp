// Makes the steps of a trace from operations, with the results that the model gives.
#pragma once

#include "model/state/world_fwd.hpp"
#include "traces/format/trace.hpp"

#include <vector>

namespace vmacheck {

// Applies the operations to the World, one after the other. Each step states its error, and its value where it
// succeeded; nothing where an assumption of the kernel (BUG_ON) ended it.
std::vector<TraceStep> record_steps(World<Plain>& world, const std::vector<Op<Plain>>& ops);

}  // namespace vmacheck
