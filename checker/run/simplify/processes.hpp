// Simplifications of who calls, and of the order of calls. Results are those of the operations, as far as there are any.
#pragma once

#include "checker/run/simplify/edit.hpp"

#include <vector>

namespace vmacheck {

// Each appends its edits.
void simplify_processes(const Trace& trace, const std::vector<SeenResult>& results, std::vector<Edit>& edits);
void simplify_order(const Trace& trace, std::vector<Edit>& edits);

}  // namespace vmacheck
