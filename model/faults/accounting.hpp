// Faults of page counters and the commit charge.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// Growth of a stack without VM_ACCOUNT is charged for good.
inline constexpr Fault stack_growth_charge = fault_id(FaultComponent::accounting, 0);
// A special mapping takes VM_LOCKED from mlockall, uncounted.
inline constexpr Fault special_mapping_locked = fault_id(FaultComponent::accounting, 1);
// The pages that mlock and munlock count are held in an int.
inline constexpr Fault mlock_count_width = fault_id(FaultComponent::accounting, 2);
// The pages of a VMA that fork charges for are held in 32 bits.
inline constexpr Fault fork_charge_width = fault_id(FaultComponent::accounting, 3);
// What is unmapped of a VMA that is cut stays counted in total_vm.
inline constexpr Fault munmap_partial_total_vm = fault_id(FaultComponent::accounting, 4);
// Every charge is allowed.
inline constexpr Fault commit_limit_ignored = fault_id(FaultComponent::accounting, 5);
// may_expand_vm does not look at RLIMIT_AS, or at RLIMIT_DATA.
inline constexpr Fault rlimit_as_ignored = fault_id(FaultComponent::accounting, 6);
inline constexpr Fault rlimit_data_ignored = fault_id(FaultComponent::accounting, 7);
// munmap does not bring hiwater_vm up to date.
inline constexpr Fault munmap_peak_lost = fault_id(FaultComponent::accounting, 32);
// vm_stat_account leaves data_vm, exec_vm or stack_vm alone.
inline constexpr Fault data_vm_not_counted = fault_id(FaultComponent::accounting, 33);
inline constexpr Fault exec_vm_not_counted = fault_id(FaultComponent::accounting, 34);
inline constexpr Fault stack_vm_not_counted = fault_id(FaultComponent::accounting, 35);

}  // namespace vmacheck::faults
