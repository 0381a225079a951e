// Faults of mremap: move_vma, and growth in place.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// VM_ACCOUNT lands on the VMA that follows the source.
inline constexpr Fault dontunmap_account_next = fault_id(FaultComponent::mremap, 0);
// All of a partly moved locked VMA is unlocked, uncounted.
inline constexpr Fault dontunmap_locked_partial = fault_id(FaultComponent::mremap, 1);
// The same where the copy merged with its own source.
inline constexpr Fault dontunmap_locked_selfmerge = fault_id(FaultComponent::mremap, 2);
// A moved range takes its neighbour's registration with it.
inline constexpr Fault uffd_remap_neighbour = fault_id(FaultComponent::mremap, 3);
// A source that could not be unmapped loses VM_ACCOUNT.
inline constexpr Fault movevma_munmap_fail_acct = fault_id(FaultComponent::mremap, 4);
// mremap grows a VMA beyond the last page offset.
inline constexpr Fault pgoff_wrap_mremap = fault_id(FaultComponent::mremap, 5);
// A range that cannot be cut out is moved all the same.
inline constexpr Fault mremap_split_unchecked = fault_id(FaultComponent::mremap, 6);
// The pages of a growth in place are held in an int.
inline constexpr Fault mremap_growth_width = fault_id(FaultComponent::mremap, 7);
// The copy of a locked range is counted, and the range that loses its lock is not counted out.
inline constexpr Fault dontunmap_locked_double = fault_id(FaultComponent::mremap, 8);
// What a move gives up is charged for once more.
inline constexpr Fault mremap_shrink_charge = fault_id(FaultComponent::mremap, 9);
// The old range that stays is charged for, whatever the commit limit says.
inline constexpr Fault dontunmap_no_limit_check = fault_id(FaultComponent::mremap, 10);
// Growth in place is merged by an offset that is counted from the VMA's start, wherever the range starts.
inline constexpr Fault mremap_expand_inside = fault_id(FaultComponent::mremap, 11);
// A VMA with ->close, which never merges, is to grow by a merge.
inline constexpr Fault mremap_expand_close = fault_id(FaultComponent::mremap, 12);
// An old length of 0 is allowed for private mappings.
inline constexpr Fault mremap_dup_private = fault_id(FaultComponent::mremap, 13);
// A source that could not be unmapped is charged for by the new length.
inline constexpr Fault movevma_munmap_fail_growth = fault_id(FaultComponent::mremap, 14);
// Growth in place that cannot be merged gives back a charge that was never made.
inline constexpr Fault mremap_merge_fail_unacct = fault_id(FaultComponent::mremap, 15);

}  // namespace vmacheck::faults
