// A trace in pictures: each step with its call, result, merge case and events, the VMAs before and after, and what
// changed.
#pragma once

#include "checker/replay.hpp"

#include <string>

namespace vmacheck {

// "mprotect(0x11000, 0x1000, READ|WRITE)".
std::string call_text(const Op<Plain>& op);

// The whole text. `options` as for replay; their observer is not called. Throws InternalAssertion as replay does.
std::string explain(const Trace& trace, const ReplayOptions& options, ReplayResult& result);

}  // namespace vmacheck
