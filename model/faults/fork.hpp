// Faults of dup_mmap.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// An empty child keeps the parent's highest_vm_end.
inline constexpr Fault fork_stale_highest = fault_id(FaultComponent::fork, 0);
// An unfaulted child keeps the offset of a moved parent.
inline constexpr Fault wipeonfork_stale_pgoff = fault_id(FaultComponent::fork, 1);

}  // namespace vmacheck::faults
