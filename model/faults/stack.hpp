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

}  // namespace vmacheck::faults
