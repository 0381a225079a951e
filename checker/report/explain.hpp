// A trace in pictures: each step with its call, result, merge case and events, the VMAs before and after, and what
// changed.
#pragma once

#include "checker/run/replay.hpp"

#include <string>

namespace vmacheck {

// The whole text. `options` as for replay; its observers are not called.
std::string explain(const Trace& trace, const ReplayOptions& options, ReplayResult& result);

}  // namespace vmacheck
