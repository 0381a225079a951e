// Faults of dup_mmap.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

inline constexpr Fault fork_stale_highest =
    fault_id(FaultComponent::fork, 0);  // an empty child keeps the parent's highest_vm_end
inline constexpr Fault wipeonfork_stale_pgoff =
    fault_id(FaultComponent::fork, 1);  // an unfaulted child keeps the offset of a moved parent

}  // namespace vmacheck::faults
