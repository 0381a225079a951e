// Faults of growth of stacks: expand_downwards, expand_upwards, acct_stack_growth.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// The accessor's size bounds the charge for another's stack.
inline constexpr Fault stack_grow_wrong_mm = fault_id(FaultComponent::stack, 0);
// A stack grows below its page offset.
inline constexpr Fault pgoff_wrap_down = fault_id(FaultComponent::stack, 1);
// A stack grows up beyond the last page offset.
inline constexpr Fault pgoff_wrap_up = fault_id(FaultComponent::stack, 2);
// munmap lets a stack grow into the range that it is still unmapping.
inline constexpr Fault munmap_downgrade_race = fault_id(FaultComponent::stack, 3);
// The stack of a new program that cannot be moved down is given back with the pages it was to move over.
inline constexpr Fault exec_shift_uncharge = fault_id(FaultComponent::stack, 4);
// exec leaves the stack with the range that it had while it moved.
inline constexpr Fault exec_end_kept = fault_id(FaultComponent::stack, 5);

}  // namespace vmacheck::faults
