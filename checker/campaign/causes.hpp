// Which findings are of one cause: a bug that breaks several properties, or breaks one at several operations, is one bug.
//
// It is judged by the last step of minimised traces. Two are of one cause if both break the same invariant or counter,
// whatever the operation (dangling references come from anything, and need the same operation); or the same rule of what a call
// may do, or the page map, by the same operation; or if the model met the same assertion, whatever the object; or if a result
// is not the stated one by an operation that breaks something elsewhere. What is of one cause with a third is of one cause.
#pragma once

#include "checker/run/finding.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace vmacheck {

bool same_cause(const Finding& a, const Finding& b);

// For each finding the index of the one that stands for its cause: of the fewest operations, and the first of these.
std::vector<std::size_t> causes_of(std::span<const Finding* const> findings);

}  // namespace vmacheck
