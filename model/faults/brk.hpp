// Faults of brk.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// A brk whose unmap failed counts as done.
inline constexpr Fault brk_error_unsigned = fault_id(FaultComponent::brk, 0);
// A refused shrink leaves the break at the new place.
inline constexpr Fault brk_not_restored = fault_id(FaultComponent::brk, 1);

}  // namespace vmacheck::faults
