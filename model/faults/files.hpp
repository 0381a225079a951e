// Faults of mmap_region with a file: ->mmap, ->close and ->split, references and charges.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// mmap returns the start of the VMA that its range merged into after ->mmap.
inline constexpr Fault mmap_merge_return_addr = fault_id(FaultComponent::files, 0);
// A merge after ->mmap puts the caller's file, not the one in vm_file.
inline constexpr Fault mmap_merge_double_fput = fault_id(FaultComponent::files, 1);
// A failure after a successful ->mmap frees the VMA without ->close.
inline constexpr Fault mmap_hook_not_closed = fault_id(FaultComponent::files, 2);
// A failed ->mmap keeps what was charged for the mapping.
inline constexpr Fault mmap_hook_error_charge = fault_id(FaultComponent::files, 3);
// A driver of huge mappings has no ->split: they are cut at small pages.
inline constexpr Fault split_alignment = fault_id(FaultComponent::files, 4);
// A locked mapping that merged after ->mmap is looked at through the VMA that was freed.
inline constexpr Fault mmap_merge_uaf_old = fault_id(FaultComponent::files, 5);
// What refuses a file's mapping is asked after the old mapping has gone.
inline constexpr Fault mmap_region_error_tangle = fault_id(FaultComponent::files, 6);
// A VMA that merges after ->mmap, for which ->close is due, is freed without it.
inline constexpr Fault mmap_remerge_not_closed = fault_id(FaultComponent::files, 7);
// The last fput of an attachment keeps the file of its segment.
inline constexpr Fault shm_release_forgotten = fault_id(FaultComponent::files, 32);
// The last fput of a file does not put its inode.
inline constexpr Fault fput_keeps_inode = fault_id(FaultComponent::files, 33);

}  // namespace vmacheck::faults
