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
// Pages that parent and child share stay writable in the parent.
inline constexpr Fault fork_leaves_writable = fault_id(FaultComponent::pages, 32);
// The last page of an unmapped range stays mapped.
inline constexpr Fault munmap_keeps_last_page = fault_id(FaultComponent::pages, 33);
// A child's entry is not counted in mapcount.
inline constexpr Fault fork_page_not_counted = fault_id(FaultComponent::pages, 34);
// An anonymous page that is mapped no more is not freed.
inline constexpr Fault zap_keeps_page = fault_id(FaultComponent::pages, 35);
// A child's entry of swap space is not counted.
inline constexpr Fault fork_swap_not_counted = fault_id(FaultComponent::pages, 36);
// A page that leaves the swap cache is left in its slot.
inline constexpr Fault reuse_keeps_slot = fault_id(FaultComponent::pages, 37);
// The entry of a page that was swapped out keeps its write bit.
inline constexpr Fault swap_entry_writable = fault_id(FaultComponent::pages, 38);
// Private copies of pages that a truncation takes away stay.
inline constexpr Fault truncate_keeps_copies = fault_id(FaultComponent::pages, 39);
// MADV_FREE marks one page above its range.
inline constexpr Fault free_page_above = fault_id(FaultComponent::pages, 40);

// MADV_GUARD_INSTALL marks a page that is still mapped.
inline constexpr Fault guard_keeps_page = fault_id(FaultComponent::pages, 41);
// An access to a guard page maps a page there.
inline constexpr Fault guard_page_mapped = fault_id(FaultComponent::pages, 42);
// mremap moves pages and leaves guard pages behind, which go with the source.
inline constexpr Fault mremap_drops_guards = fault_id(FaultComponent::pages, 43);
// fork does not look at VM_MAYBE_GUARD: what has no anon_vma has no guard pages in the child.
inline constexpr Fault fork_forgets_guards = fault_id(FaultComponent::pages, 44);
// MADV_DONTNEED takes guard pages away.
inline constexpr Fault dontneed_drops_guards = fault_id(FaultComponent::pages, 45);

}  // namespace vmacheck::faults
