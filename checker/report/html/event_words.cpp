#include "checker/report/html/event_words.hpp"

#include <algorithm>
#include <array>

namespace vmacheck::html {
namespace {

constexpr std::array table{
    EventWords{"merge_case_1", "vma_merge", "the range and both neighbours became one VMA"},
    EventWords{"merge_case_2", "vma_merge", "the VMA below grew over the range"},
    EventWords{"merge_case_3", "vma_merge", "the VMA above grew over the range"},
    EventWords{"merge_case_4", "vma_merge", "the VMA above took the tail of the one below"},
    EventWords{"merge_case_5", "vma_merge", "the VMA below took the head of the one above"},
    EventWords{"merge_case_6", "vma_merge", "three VMAs became one"},
    EventWords{"merge_case_7", "vma_merge", "the VMA below took the whole of the next one"},
    EventWords{"merge_case_8", "vma_merge", "the VMA above took the whole of the one before it"},
    EventWords{"merge_refused", "vma_merge", "no neighbour could take the range"},
    EventWords{"vma_removed", "__vma_adjust", "an absorbed VMA was freed"},
    EventWords{"chain_imported", "", "the growing VMA took over the chain of the other"},
    EventWords{"boundary_moved", "__vma_adjust", "the boundary between two VMAs moved"},
    EventWords{"vma_created", "", "a new VMA"},
    EventWords{"vma_freed", "", "a VMA was freed"},
    EventWords{"split_low", "__split_vma", "cut in two; the lower part is the new VMA"},
    EventWords{"split_high", "__split_vma", "cut in two; the upper part is the new VMA"},
    EventWords{"flags_changed", "", "a VMA has other flags"},
    EventWords{"stack_grown", "expand_stack", "a stack grew"},
    EventWords{"policy_set", "mbind_range", "a VMA has another NUMA policy"},
    EventWords{"anon_vma_created", "__anon_vma_prepare", "a first anon_vma for this VMA"},
    EventWords{"anon_vma_shared", "find_mergeable_anon_vma", "the VMA took the anon_vma of a neighbour"},
    EventWords{"anon_vma_reused", "anon_vma_clone",
               "judged to be without users, an anon_vma of the parent's chain went to the child"},
    EventWords{"anon_vma_forked", "anon_vma_fork", "a new anon_vma for the child, below the parent's"},
    EventWords{"anon_vma_freed", "", "the last reference to an anon_vma was dropped"},
    EventWords{"page_mapped", "", "a page was mapped"},
    EventWords{"page_cow", "", "a shared page was copied for the writer"},
    EventWords{"page_reused", "wp_page_reuse", "the only user of a page writes to it without a copy"},
    EventWords{"zero_page_mapped", "do_anonymous_page", "a read of what was never written maps the zero page"},
    EventWords{"page_unmapped", "", "a page was unmapped"},
    EventWords{"page_swapped_out", "try_to_unmap", "a page went to swap space"},
    EventWords{"page_swapped_in", "do_swap_page", "a page came back from swap space"},
    EventWords{"swap_cache_hit", "do_swap_page", "a page in swap space was still in memory"},
    EventWords{"page_marked_free", "", "a page may be dropped unless it is written again"},
    EventWords{"page_kept", "try_to_unmap", "a page could not be unmapped everywhere, and stays"},
    EventWords{"userfault", "handle_userfault", "a missing page was left to userfaultfd"},
    EventWords{"file_resized", "", "a file has another size"},
    EventWords{"hole_punched", "", "pages of a file were freed"},
    EventWords{"charge_refused", "", "the commit limit does not allow it"},
    EventWords{"other_step", "", "another task took a step where a lock is released; its events follow"},
    EventWords{"alloc_failed", "", "an allocation failed, as the trace wants it"},
};

}  // namespace

EventWords words_of_event(std::string_view name) {
    const auto at =
        std::find_if(table.begin(), table.end(), [name](const EventWords& each) { return each.name == name; });
    return at != table.end() ? *at : EventWords{name, "", ""};
}

}  // namespace vmacheck::html
