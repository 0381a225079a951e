// Simplifications of single operations: each argument. Results are those of the operations, as far as there are any.
#pragma once

#include "checker/run/simplify/edit.hpp"

#include <vector>

namespace vmacheck {

// Appends its edits.
void simplify_arguments(const Trace& trace, const std::vector<SeenResult>& results, std::vector<Edit>& edits);

// What the kernel chose, in all operations at once: where they go then no longer depends on the operations before them.
Edit all_placements(const Trace& trace, const std::vector<SeenResult>& results);

}  // namespace vmacheck
