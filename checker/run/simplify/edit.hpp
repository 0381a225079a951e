// One step that may make a trace simpler.
#pragma once

#include "traces/format/trace.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace vmacheck {

inline constexpr std::uint64_t base_page = 16;  // 0x10000, where minimised traces begin

// A simplification: changes the trace it is given. Any number of edits may have been made to it since the edit was
// listed; an edit that finds nothing to change leaves it as it is.
using Edit = std::function<void(Trace&)>;

// How much to take off a number, the most first. Large numbers come down by ever smaller parts, or one of 2^33 that must
// stay above 2^32 would come down by ones.
std::vector<std::uint64_t> parts_of(std::uint64_t number);

}  // namespace vmacheck
