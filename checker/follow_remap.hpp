// Stands in for mremap, which the model does not have.
#pragma once

#include "checker/follow.hpp"

namespace vmacheck {

// The mremap as munmap and mmap: the pages are lost, the layout is the kernel's. Empty if nothing is to be done;
// nothing at all if the model has not mapped what was moved.
std::optional<std::vector<TraceStep>> steps_for_remap(const World<Plain>& world, const Resync& resync);

}  // namespace vmacheck
