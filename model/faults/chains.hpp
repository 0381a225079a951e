// Faults of anon_vmas, their chains and reference counts: anon_vma_clone, anon_vma_fork, unlink_anon_vmas,
// page_add_anon_rmap.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// Reuse of anon_vmas is counted by one ambiguous `degree`.
inline constexpr Fault av_double_reuse = fault_id(FaultComponent::chains, 0);
// Importer's anon_vma set after the clone instead of before.
inline constexpr Fault av_degree_import_order = fault_id(FaultComponent::chains, 1);
// Late error exit of anon_vma_fork leaves the chain linked.
inline constexpr Fault av_fork_leak = fault_id(FaultComponent::chains, 2);
// Child takes over the anon_vma of the parent's previous VMA.
inline constexpr Fault av_fork_shares_parent = fault_id(FaultComponent::chains, 3);
// The chain of the far neighbour is not imported in case 6.
inline constexpr Fault adjust_case6_no_import = fault_id(FaultComponent::chains, 4);
// A page swapped in for several is tagged with the faulting VMA's own anon_vma.
inline constexpr Fault av_oldest_mapping = fault_id(FaultComponent::chains, 5);
// A clone leaves out the newest edge of the chain.
inline constexpr Fault clone_skips_newest = fault_id(FaultComponent::chains, 6);
// A clone ties the edges in the wrong order.
inline constexpr Fault clone_reverses_chain = fault_id(FaultComponent::chains, 7);
// The newest edge stays in its anon_vma's tree.
inline constexpr Fault unlink_leaves_edge = fault_id(FaultComponent::chains, 8);
// Where a boundary moves down, the upper VMA is taken for the one that the pages come from.
inline constexpr Fault av_chain_wrong_exporter = fault_id(FaultComponent::chains, 9);
// A fork never takes over a dead ancestor's anon_vma.
inline constexpr Fault av_endless_growth = fault_id(FaultComponent::chains, 10);
// The copy that mremap makes is tied to its anon_vmas with the range of its source.
inline constexpr Fault av_mremap_stale_key = fault_id(FaultComponent::chains, 11);
// A moved VMA merges into an unfaulted one, which does not take over its chain.
inline constexpr Fault av_mremap_faulted_unfaulted = fault_id(FaultComponent::chains, 12);
// A page fault comes between a merge's new anon_vma and its chain.
inline constexpr Fault av_dup_before_lock = fault_id(FaultComponent::chains, 13);
// The anon_vma of a child is not counted as a child of its parent.
inline constexpr Fault fork_child_not_counted = fault_id(FaultComponent::chains, 32);
// The anon_vma of a child takes no reference on its root.
inline constexpr Fault fork_root_not_referenced = fault_id(FaultComponent::chains, 33);
// A user that leaves still counts in `degree`.
inline constexpr Fault degree_kept = fault_id(FaultComponent::chains, 34);
// An anon_vma that has become empty is not freed.
inline constexpr Fault unlink_keeps_anon_vma = fault_id(FaultComponent::chains, 35);
// A clone ends with the anon_vma that the VMA uses, and leaves out newer ones.
inline constexpr Fault clone_stops_at_own = fault_id(FaultComponent::chains, 36);
// The error exit of a clone does not unlock the root.
inline constexpr Fault clone_error_keeps_lock = fault_id(FaultComponent::chains, 37);
// The error exit of a clone leaves the edges that it has made.
inline constexpr Fault clone_error_keeps_edges = fault_id(FaultComponent::chains, 39);

}  // namespace vmacheck::faults
