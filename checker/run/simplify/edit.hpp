// One step that may make a trace simpler.
#pragma once

#include "traces/format/trace.hpp"

#include <functional>

namespace vmacheck {

inline constexpr std::uint64_t base_page = 16;  // 0x10000, where minimised traces begin

// A simplification: changes the trace it is given. Any number of edits may have been made to it since the edit was
// listed; an edit that finds nothing to change leaves it as it is.
using Edit = std::function<void(Trace&)>;

}  // namespace vmacheck
