// Explains a trace: replays it and describes each step in a Story.
#pragma once

#include "checker/report/story.hpp"
#include "checker/run/replay.hpp"

#include <cstddef>
#include <limits>

namespace vmacheck {

enum class Depth { pictures, details };  // details: with StoryStep::details, which take time

// Which steps are described, from 1; the others are performed.
struct StepRange {
    std::size_t from = 1;
    std::size_t to = std::numeric_limits<std::size_t>::max();
    [[nodiscard]] bool holds(std::size_t step) const { return step >= from && step <= to; }
};

// `options` as for replay; their observer is not called. A trace that cannot be started has a story without steps, and
// an error in the result.
Story explain(const Trace& trace, const ReplayOptions& options, ReplayResult& result, Depth depth = Depth::pictures,
              const StepRange& range = {});

}  // namespace vmacheck
