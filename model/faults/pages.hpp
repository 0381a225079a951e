// Faults of page tables: pages that a call loses, or hands on, and should not.
#pragma once

#include "model/faults/fault.hpp"

namespace vmacheck::faults {

// munmap empties one page table entry above its range.
inline constexpr Fault munmap_page_above = fault_id(FaultComponent::pages, 0);
// mprotect drops the pages of the range.
inline constexpr Fault mprotect_drops_pages = fault_id(FaultComponent::pages, 1);
// mremap drops the pages that it should move.
inline constexpr Fault mremap_drops_pages = fault_id(FaultComponent::pages, 2);
// A child sees the pages of VMAs with VM_WIPEONFORK.
inline constexpr Fault wipeonfork_ignored = fault_id(FaultComponent::pages, 3);

}  // namespace vmacheck::faults
