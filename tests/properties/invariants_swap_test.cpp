// Damages of swap space, of guard pages, of what the walk over the reverse mapping meets, and of the end of a file.
#include "tests/properties/invariant_damage.hpp"

namespace vmacheck {

template <class D>
std::vector<Damage<D>> swap_damages() {
    using W = World<D>;
    return {
        {"swap-count", "too_large", [](W& w) { ++w.change(slot_at(w, swapped_at)).count; }},
        {"swap-count", "too_small", [](W& w) { --w.change(slot_at(w, swapped_at)).count; }},
        {"swap-count", "entry_of_another_slot_uncounted",
         [](W& w) { w.change(pte_at(w, swapped_at)).swap = w[page_at(w, swapped_at + 1)].swap; }},
        {"swap-cache", "slot_of_nobody", [](W& w) { w.template allocate<SwapId>(); }},
        {"swap-cache", "page_with_another_slot",
         [](W& w) { w.change(page_at(w, swapped_at + 1)).swap = slot_at(w, swapped_at); }},
        {"swap-cache", "slot_that_lost_its_page",
         [](W& w) { w.change(w[page_at(w, swapped_at + 1)].swap).page = PageId(); }},
        {"swap-cache", "slot_with_a_page_that_is_not_cached",
         [](W& w) { w.change(slot_at(w, swapped_at)).page = page_at(w, 10); }},
        {"swap-cache", "freed_page", [](W& w) { w.free(page_at(w, swapped_at + 1)); }, false, "page-mapcount"},
        {"swap-cache", "lazily_freed_page", [](W& w) { w.change(page_at(w, swapped_at + 1)).swap_backed = false; }},
        {"swap-cache", "page_of_a_file", [](W& w) { w.change(page_at(w, 20)).swap = slot_at(w, swapped_at); }},
        {"swap-entries", "present_too", [](W& w) { w.change(pte_at(w, swapped_at)).page = page_at(w, 10); }},
        {"swap-entries", "writable", [](W& w) { w.change(pte_at(w, swapped_at)).writable = true; }},
        {"swap-entries", "freed_slot", [](W& w) { w.free(slot_at(w, swapped_at)); }, false, "swap-count"},
        {"swap-entries", "vma_without_anon_vma", [](W& w) { change_vma(w, swapped_at).anon_vma = AnonVmaId(); }},
        {"guard-entries", "still_mapped", [](W& w) { w.change(pte_at(w, 10)).guard = true; }},
        {"guard-entries", "swapped_out", [](W& w) { w.change(pte_at(w, swapped_at)).guard = true; }},
        {"guard-entries", "in_place_of_the_zero_page", [](W& w) { w.change(pte_at(w, unfaulted_at)).guard = true; }},
        {"page-in-use", "unmapped_and_wanted_by_nobody",
         [](W& w) {
             const PageId page = page_at(w, swapped_at + 1);
             w.change(page).mapcount = 0;
             w.change(w[page].swap).count = 0;
         }},
        {"rmap-hits", "mapped_more_often_than_met", [](W& w) { ++w.change(page_at(w, 10)).mapcount; }},
        {"rmap-hits", "met_more_often_than_mapped", [](W& w) { --w.change(page_at(w, 10)).mapcount; }},
        {"rmap-hits", "entry_lost", [](W& w) { w.change(pte_at(w, 10, child_slot)).page = PageId(); }},
        {"rmap-hits", "tagged_with_the_childs_own_anon_vma",
         [](W& w) { w.change(page_at(w, 10)).anon_vma = anon_vma_at(w, 10, child_slot); }},
        {"within-file-size", "page_cached_beyond",
         [](W& w) { w.change(mapping_at(w, short_file_at)).size = std::uint64_t{3}; }},
        {"within-file-size", "copy_left_beyond",
         [](W& w) { w.change(mapping_at(w, short_file_at)).size = std::uint64_t{4}; }},
        {"within-file-size", "vma_moved_beyond", [](W& w) { change_vma(w, short_file_at).pgoff += 1; }},
        {"within-file-size", "endless_file_ends",
         [](W& w) { w.change(mapping_at(w, shared_file_at)).endless = false; }},
    };
}

template std::vector<Damage<Plain>> swap_damages();
template std::vector<Damage<Traced>> swap_damages();

}  // namespace vmacheck
