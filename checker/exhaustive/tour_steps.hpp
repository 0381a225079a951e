// A tour of a scope, moved to where a subject's own address space has room for it.
#pragma once

#include "checker/exhaustive/scope.hpp"

#include <vector>

namespace vmacheck {

// The operations of the tour's traces, with the window of the scope right below the mmap_base of `parameters`. Throws what exploring the scope throws, and std::runtime_error if the scope breaks a property.
std::vector<std::vector<Op<Plain>>> tour_steps(const Scope& scope, const Parameters& parameters);

}  // namespace vmacheck
