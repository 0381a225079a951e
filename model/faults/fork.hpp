// Faults of dup_mmap.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// An empty child keeps the parent's highest_vm_end.
inline constexpr Fault fork_stale_highest = fault_id(FaultComponent::fork, 0);
// An unfaulted child keeps the offset of a moved parent.
inline constexpr Fault wipeonfork_stale_pgoff = fault_id(FaultComponent::fork, 1);
// The counters are copied before the parent's mmap_lock is held.
inline constexpr Fault fork_counters_before_lock = fault_id(FaultComponent::fork, 2);
// A child keeps the userfaultfd flags, without the context.
inline constexpr Fault fork_uffd_flags_kept = fault_id(FaultComponent::fork, 32);
// ksmd does not get to know the child.
inline constexpr Fault ksm_fork_forgotten = fault_id(FaultComponent::fork, 33);
// A child's shared mapping is not counted in i_mmap_writable.
inline constexpr Fault fork_writable_not_counted = fault_id(FaultComponent::fork, 34);

}  // namespace vmacheck::faults
