// Faults of mm_rb, the interval trees, the list, and what they cache. All synthetic: of the historical bugs that
// are known only av-mremap-stale-key (chains.hpp) leaves one of these structures wrong in code that runs alone. Those of
// trees are in mm_rb, every i_mmap and every anon_vma tree.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// The gap of next is left stale after an end moved.
inline constexpr Fault adjust_gap_not_updated = fault_id(FaultComponent::trees, 0);
// The gap above an unmapped range is left stale.
inline constexpr Fault munmap_gap_not_updated = fault_id(FaultComponent::trees, 1);
// rb_subtree_gap leaves out the right subtree.
inline constexpr Fault gap_ignores_right_child = fault_id(FaultComponent::trees, 2);
// A changed value of a tree node is not handed on above the next one.
inline constexpr Fault tree_propagates_once = fault_id(FaultComponent::trees, 3);
// highest_vm_end stays where the last VMA is unmapped.
inline constexpr Fault munmap_highest_kept = fault_id(FaultComponent::trees, 4);
// highest_vm_end stays where the last VMA grows.
inline constexpr Fault adjust_highest_not_raised = fault_id(FaultComponent::trees, 5);
// A VMA linked before another does not become its vm_prev.
inline constexpr Fault link_prev_stale = fault_id(FaultComponent::trees, 6);
// vm_prev of the VMA after an unlinked one stays.
inline constexpr Fault unlink_prev_stale = fault_id(FaultComponent::trees, 7);
// A red node below a red one is left where its uncle is red too.
inline constexpr Fault insert_not_recoloured = fault_id(FaultComponent::trees, 8);
// The black node that an erasure takes away is not made up for.
inline constexpr Fault erase_not_rebalanced = fault_id(FaultComponent::trees, 9);
// A rotation does not recompute the node that goes down.
inline constexpr Fault rotation_value_stale = fault_id(FaultComponent::trees, 10);
// An erasure does not recompute where the successor was.
inline constexpr Fault erase_successor_parent_stale = fault_id(FaultComponent::trees, 11);
// A boundary moves, and the next VMA keeps its keys in the anon_vma trees.
inline constexpr Fault adjust_next_avc_key_stale = fault_id(FaultComponent::trees, 12);
// A VMA's range changes, and its key in i_mmap does not.
inline constexpr Fault adjust_i_mmap_key_stale = fault_id(FaultComponent::trees, 13);
// The largest last offset of a subtree rises and never falls.
inline constexpr Fault interval_last_kept = fault_id(FaultComponent::trees, 14);
// A VMA is linked into the list and not into mm_rb.
inline constexpr Fault link_rb_forgotten = fault_id(FaultComponent::trees, 32);

}  // namespace vmacheck::faults
