// Simplifications of what a trace starts from: bugs, layout, parameters, files.
#pragma once

#include "checker/run/simplify/edit.hpp"

#include <vector>

namespace vmacheck {

// Appends its edits.
void simplify_header(const Trace& trace, std::vector<Edit>& edits);

}  // namespace vmacheck
