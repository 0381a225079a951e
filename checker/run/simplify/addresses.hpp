// Simplifications of the addresses and file offsets of all operations together.
#pragma once

#include "checker/run/simplify/edit.hpp"

#include <vector>

namespace vmacheck {

// Appends its edits.
void simplify_addresses(const Trace& trace, std::vector<Edit>& edits);

}  // namespace vmacheck
