// Explains a trace: replays it and describes each step in a Story.
#pragma once

#include "checker/report/story.hpp"
#include "checker/run/replay.hpp"

namespace vmacheck {

// `options` as for replay; their observer is not called. A trace that cannot be started has a story without steps, and
// an error in the result.
Story explain(const Trace& trace, const ReplayOptions& options, ReplayResult& result);

}  // namespace vmacheck
