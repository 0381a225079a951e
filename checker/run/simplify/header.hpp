// Simplifications of what a trace starts from: bugs, layout, parameters, files.
#pragma once

#include "checker/run/simplify/edit.hpp"

#include <span>
#include <vector>

namespace vmacheck {

// Of parameters that limit something: pages, and for max_map_count VMAs.
using LimitMember = std::uint64_t Parameters::*;
std::span<const LimitMember> limit_members();

// Appends its edits.
void simplify_header(const Trace& trace, std::vector<Edit>& edits);

}  // namespace vmacheck
