// Faults of anon_vmas, their chains and reference counts: anon_vma_clone, anon_vma_fork, unlink_anon_vmas, page_add_anon_rmap.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

inline constexpr Fault av_double_reuse =
    fault_id(FaultComponent::chains, 0);  // anon_vma reuse counted by one ambiguous `degree`
inline constexpr Fault av_degree_import_order =
    fault_id(FaultComponent::chains, 1);  // importer's anon_vma set after the clone instead of before
inline constexpr Fault av_fork_leak =
    fault_id(FaultComponent::chains, 2);  // late error exit of anon_vma_fork leaves the chain linked
inline constexpr Fault av_fork_shares_parent =
    fault_id(FaultComponent::chains, 3);  // child takes over the anon_vma of the parent's previous VMA
inline constexpr Fault adjust_case6_no_import =
    fault_id(FaultComponent::chains, 4);  // the chain of the far neighbour is not imported in case 6
inline constexpr Fault av_oldest_mapping = fault_id(
    FaultComponent::chains, 5);  // a page swapped in for several is tagged with the faulting VMA's own anon_vma
inline constexpr Fault clone_skips_newest =
    fault_id(FaultComponent::chains, 6);  // a clone leaves out the newest edge of the chain
inline constexpr Fault clone_reverses_chain =
    fault_id(FaultComponent::chains, 7);  // a clone ties the edges in the wrong order
inline constexpr Fault unlink_leaves_edge =
    fault_id(FaultComponent::chains, 8);  // the newest edge stays in its anon_vma's tree

}  // namespace vmacheck::faults
