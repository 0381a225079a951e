#include "model/op/events.hpp"

#include <array>

namespace vmacheck {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Event::count)> names{
    "merge_case_1",      "merge_case_2",    "merge_case_3",     "merge_case_4",     "merge_case_5",
    "merge_case_6",      "merge_case_7",    "merge_case_8",     "merge_refused",    "vma_removed",
    "chain_imported",    "boundary_moved",  "vma_created",      "vma_freed",        "split_low",
    "split_high",        "flags_changed",   "stack_grown",      "policy_set",       "anon_vma_created",
    "anon_vma_shared",   "anon_vma_reused", "anon_vma_forked",  "anon_vma_freed",   "page_mapped",
    "page_cow",          "page_reused",     "zero_page_mapped", "page_unmapped",    "page_swapped_out",
    "page_swapped_in",   "swap_cache_hit",  "page_marked_free", "page_kept",        "userfault",
    "file_resized",      "hole_punched",    "commit_charged",   "commit_uncharged", "charge_refused",
    "alloc_failed",      "file_opened",     "file_closed",      "other_step",       "mmap_lock_write",
    "mmap_unlock_write", "mmap_lock_read",  "mmap_unlock_read", "i_mmap_lock",      "i_mmap_unlock",
    "anon_vma_lock",     "anon_vma_unlock",
};
static_assert(!names.back().empty());

}  // namespace

std::string_view name(Event event) {
    return names.at(static_cast<std::size_t>(event));
}

std::optional<Event> event_named(std::string_view wanted) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == wanted) return static_cast<Event>(i);
    return std::nullopt;
}

}  // namespace vmacheck
