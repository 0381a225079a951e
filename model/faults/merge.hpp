// Faults of vma_merge, __vma_adjust and __split_vma, and what their callers hand them: flags, offsets, policies, hooks.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// Case 3 moves the start of next without its offset.
inline constexpr Fault merge_case3_pgoff = fault_id(FaultComponent::merge, 0);
// Case 7 absorbs a VMA that has ->close.
inline constexpr Fault merge_case7_close = fault_id(FaultComponent::merge, 1);
// Old case 8: the survivor of madvise's merge keeps the flags it had.
inline constexpr Fault madvise_case8_flags = fault_id(FaultComponent::merge, 2);
// Old case 8: the survivor of mbind's merge keeps the policy it had.
inline constexpr Fault merge_policy_lost = fault_id(FaultComponent::merge, 3);
// A later VMA's part is merged by the distance to the start of the request.
inline constexpr Fault mbind_pgoff = fault_id(FaultComponent::merge, 4);
// A part of a VMA is merged by the offset of the whole.
inline constexpr Fault uffd_pgoff = fault_id(FaultComponent::merge, 5);
// A new upper part keeps the offset of the lower.
inline constexpr Fault split_pgoff = fault_id(FaultComponent::merge, 6);
// A split is refused one VMA too late.
inline constexpr Fault split_limit = fault_id(FaultComponent::merge, 7);
// An absorbed VMA still counts.
inline constexpr Fault merge_map_count_kept = fault_id(FaultComponent::merge, 8);
// Case 5 is never taken.
inline constexpr Fault merge_case5_never = fault_id(FaultComponent::merge, 9);
// What has a policy never merges.
inline constexpr Fault merge_policy_never = fault_id(FaultComponent::merge, 10);
// A new mapping is not marked VM_SOFTDIRTY.
inline constexpr Fault soft_dirty_never_set = fault_id(FaultComponent::merge, 11);
// A merge without memory keeps a VMA from losing its closed userfaultfd context.
inline constexpr Fault oom_merge_state = fault_id(FaultComponent::merge, 12);
// Droppable memory is registered with userfaultfd.
inline constexpr Fault uffd_droppable = fault_id(FaultComponent::merge, 13);
// A VMA that joins another because it got its name loses that one's sticky flags.
inline constexpr Fault name_drops_sticky = fault_id(FaultComponent::merge, 14);
// mprotect gives any access, MAY bit or not.
inline constexpr Fault mprotect_may_unchecked = fault_id(FaultComponent::merge, 32);
// Memory with a file gets a name.
inline constexpr Fault name_of_file = fault_id(FaultComponent::merge, 33);
// The policy that a VMA had is not put.
inline constexpr Fault mbind_old_policy_kept = fault_id(FaultComponent::merge, 34);
// Private anonymous memory merges whatever its offset.
inline constexpr Fault merge_pgoff_ignored = fault_id(FaultComponent::merge, 35);
// A merge leaves the flags of the VMA that it keeps.
inline constexpr Fault merge_drops_sticky = fault_id(FaultComponent::merge, 36);

}  // namespace vmacheck::faults
