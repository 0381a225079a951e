// Faults of the search for free address space, and guard gaps.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// The search takes a gap that ends below its start for a huge one.
inline constexpr Fault guard_gap_underflow = fault_id(FaultComponent::search, 0);
// A stack keeps its guard gap from memory that cannot be accessed.
inline constexpr Fault guard_gap_protnone = fault_id(FaultComponent::search, 1);
// A stack cannot grow up to where its guard gap would wrap.
inline constexpr Fault guard_gap_up_overflow = fault_id(FaultComponent::search, 2);
// The search for a hole between VMAs does not look at guard gaps.
inline constexpr Fault search_ignores_gap = fault_id(FaultComponent::search, 3);
// The search for a hole below a stack does not look at the guard gap of what lies below the hole.
inline constexpr Fault search_skips_gap_below = fault_id(FaultComponent::search, 4);

}  // namespace vmacheck::faults
