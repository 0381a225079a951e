// Whether a known difference explains what the kernel's call returned. All take the model's state before the call.
#pragma once

#include "model/op/op.hpp"
#include "model/state/world_fwd.hpp"

namespace vmacheck {

// The kernel's mmap returned `seen` (bytes): where a kernel that aligns large mappings to huge pages places it.
bool thp_alignment_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t seen);
// The model's mmap or mremap returned `modelled` (bytes): in an area that the stack may have grown into.
bool stack_growth_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t modelled);
// The kernel's brk returned `seen` (bytes): the old break, since nothing is mapped in the range to give up.
bool brk_empty_shrink_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t seen);

}  // namespace vmacheck
