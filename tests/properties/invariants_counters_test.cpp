// Damages of pages and page tables, of counters, and of files.
#include "tests/properties/invariant_damage.hpp"

namespace vmacheck {

template <class D>
std::vector<Damage<D>> page_damages() {
    using W = World<D>;
    return {
        {"rmap-completeness", "index_is_not_the_offset", [](W& w) { w.change(page_at(w, 10)).index += 1; }},
        {"rmap-completeness", "file_page_at_another_offset", [](W& w) { w.change(page_at(w, 20)).index += 1; }},
        {"rmap-completeness", "vma_offset_moved", [](W& w) { change_vma(w, faulted_at).pgoff += 1; }},
        {"rmap-completeness", "page_of_another_anon_vma",
         [](W& w) { w.change(page_at(w, 13)).anon_vma = anon_vma_at(w, private_file_at); }},
        {"rmap-completeness", "vma_not_in_the_tree_of_its_page",
         [](W& w) {
             const AvcId avc = w[vma_at(w, faulted_at)].chain_newest;
             w.change(avc).interval.first += 100;
             w.change(avc).interval.last += 100;
         },
         false, "interval-keys"},
        {"rmap-completeness", "maximum_hides_the_vma",
         [](W& w) { w.change(w[anon_vma_at(w, faulted_at)].rb_root).interval.subtree_last = 0; }, false,
         "interval-trees"},
        {"rmap-completeness", "i_mmap_lost",
         [](W& w) {
             w.change(mapping_at(w, shared_file_at)).i_mmap = VmaId();
             w.change(pte_at(w, 20)).writable = false;
         }},
        {"rmap-completeness", "page_of_another_file",
         [](W& w) { w.change(pte_at(w, 20)).page = page_at(w, shared_anon_at); }},
        {"rmap-completeness", "freed_page_mapped", [](W& w) { w.free(page_at(w, 27)); }, false, "page-mapcount"},
        {"rmap-completeness", "freed_anon_vma",
         [](W& w) {
             const AnonVmaId id = w.template allocate<AnonVmaId>();
             w.change(page_at(w, 10)).anon_vma = id;
             w.free(id);
         }},
        {"page-rights", "writable_in_a_read_only_vma", [](W& w) { change_vma(w, shared_file_at).flags &= ~vm::write; }},
        {"page-rights", "zero_page_writable", [](W& w) { w.change(pte_at(w, unfaulted_at)).writable = true; }},
        {"page-rights", "anonymous_page_of_two_writable", [](W& w) { w.change(pte_at(w, 10)).writable = true; }},
        {"page-rights", "writable_page_shared_by_a_second",
         [](W& w) { set_pte(w, w.process(child_slot), Number<D>(13), page_at(w, 13), false); }},
        {"page-rights", "cached_page_writable_in_a_private_vma", [](W& w) { w.change(pte_at(w, 26)).writable = true; }},
        {"pages-inside-vmas", "entry_outside",
         [](W& w) { set_pte(w, w.process(parent_slot), Number<D>(nothing_at), PageId(), false); }},
        {"pages-inside-vmas", "left_behind_by_a_moved_start",
         [](W& w) {
             change_vma(w, faulted_at).start = 10;
             change_vma(w, faulted_at).pgoff = 10;
         }},
        {"pages-inside-vmas", "left_behind_by_a_moved_end", [](W& w) { change_vma(w, faulted_upper_at).end = 13; }},
        {"page-mapcount", "too_large", [](W& w) { ++w.change(page_at(w, 10)).mapcount; }},
        {"page-mapcount", "too_small", [](W& w) { --w.change(page_at(w, 20)).mapcount; }},
        {"page-mapcount", "entry_changed_without_counting",
         [](W& w) { w.change(pte_at(w, 20)).page = page_at(w, 21); }},
        {"page-in-use", "mapped_nowhere", [](W& w) { w.change(page_at(w, 20)).mapcount = 0; }},
        {"page-in-use", "anonymous_and_of_a_file",
         [](W& w) { w.change(page_at(w, 10)).mapping = mapping_at(w, shared_file_at); }},
        {"page-in-use", "neither", [](W& w) { w.change(page_at(w, 10)).anon_vma = AnonVmaId(); }},
    };
}

namespace {

template <class D>
std::vector<Damage<D>> vm_counter_damages() {
    using W = World<D>;
    return {
        {"map-count", "too_large", [](W& w) { ++change_mm(w).map_count; }},
        {"map-count", "too_small", [](W& w) { --change_mm(w).map_count; }},
        {"map-count", "vma_moved_to_another_process", [](W& w) { change_vma(w, text_at).mm = w.process(child_slot); }},
        {"total-vm", "too_large", [](W& w) { change_mm(w).total_vm += 1; }},
        {"total-vm", "too_small", [](W& w) { change_mm(w, child_slot).total_vm -= 1; }},
        {"total-vm", "vma_grown_uncounted", [](W& w) { change_vma(w, text_at).end += 1; }},
        {"data-vm", "too_large", [](W& w) { change_mm(w).data_vm += 1; }},
        {"data-vm", "protection_changed_uncounted", [](W& w) { change_vma(w, faulted_at).flags &= ~vm::write; }},
        {"exec-vm", "too_small", [](W& w) { change_mm(w).exec_vm -= 1; }},
        {"exec-vm", "protection_changed_uncounted", [](W& w) { change_vma(w, text_at).flags |= vm::write; }},
        {"stack-vm", "too_large", [](W& w) { change_mm(w).stack_vm += 1; }},
        {"stack-vm", "grown_uncounted", [](W& w) { change_vma(w, stack_at).start -= 1; }},
        {"locked-vm", "too_large", [](W& w) { change_mm(w).locked_vm += 1; }},
        {"locked-vm", "unlocked_uncounted", [](W& w) { change_vma(w, locked_at).flags &= ~vm::locked; }},
        {"locked-vm", "child_inherits_the_count", [](W& w) { change_mm(w, child_slot).locked_vm += 2; }},
        {"committed", "too_large", [](W& w) { w.change_globals().committed += 1; }},
        {"committed", "too_small", [](W& w) { w.change_globals().committed -= 1; }},
        {"committed", "account_flag_dropped_without_uncharging",
         [](W& w) { change_vma(w, unfaulted_at).flags &= ~vm::account; }},
        {"committed", "shared_object_charged_twice", [](W& w) { w.change(file_at(w, shared_anon_at)).charged += 3; }},
    };
}

template <class D>
MemPolicyId policy_of(const World<D>& world) {
    return world[vma_at(world, policy_at)].policy;
}

template <class D>
std::vector<Damage<D>> file_damages() {
    using W = World<D>;
    return {
        {"file-references", "too_many", [](W& w) { ++w.change(file_at(w, shared_file_at)).f_count; }},
        {"file-references", "too_few", [](W& w) { --w.change(file_at(w, shared_file_at)).f_count; }},
        {"file-references", "none", [](W& w) { w.change(file_at(w, shared_anon_at)).f_count = 0; }},
        {"file-references", "fewer_than_descriptors", [](W& w) { w.change(file_at(w, hooks_at)).descriptors = 9; }},
        {"file-references", "vma_of_another_file_uncounted",
         [](W& w) { change_vma(w, shared_file_at).file = file_at(w, same_inode_at); }},
        {"writable-mappings", "too_many", [](W& w) { ++w.change(mapping_at(w, shared_file_at)).i_mmap_writable; }},
        {"writable-mappings", "too_few", [](W& w) { --w.change(mapping_at(w, shared_file_at)).i_mmap_writable; }},
        {"writable-mappings", "negative", [](W& w) { w.change(mapping_at(w, hooks_at)).i_mmap_writable = -1; }},
        {"writable-mappings", "made_shared_uncounted",
         [](W& w) { change_vma(w, private_file_at).flags |= vm::shared; }},
        {"hooks-balanced", "opened_too_often", [](W& w) { ++w.change(file_at(w, hooks_at)).opened; }},
        {"hooks-balanced", "closed_too_often", [](W& w) { ++w.change(file_at(w, hooks_at)).closed; }},
        {"hooks-balanced", "closed_more_than_opened", [](W& w) { w.change(file_at(w, shared_file_at)).closed = 1; }},
        {"hooks-balanced", "operations_lost_without_close", [](W& w) { change_vma(w, hooks_at).ops = VmOps::plain; }},
        {"writable-mappings", "sealed_but_mapped",
         [](W& w) { w.change(w[FileId(file::sealed - 1u, 0)].mapping).i_mmap_writable = 0; }},
        {"hooks-balanced", "segment_not_told_of_an_attachment",
         [](W& w) { --w.change(w[file_at(w, segment_at)].base).opened; }},
        {"file-references", "clone_not_counted", [](W& w) { --w.change(w[file_at(w, segment_at)].base).f_count; }},
        {"segment-clones", "too_many", [](W& w) { ++w.change(w[file_at(w, segment_at)].base).clones; }},
        {"segment-clones", "base_lost", [](W& w) { w.change(file_at(w, segment_at)).base = FileId(); }},
        {"segment-clones", "attached_to_another_inode",
         [](W& w) { w.change(file_at(w, segment_at)).base = FileId(file::segment, 0); }},
        {"segment-clones", "base_of_an_ordinary_file",
         [](W& w) { w.change(file_at(w, shared_file_at)).base = w[file_at(w, segment_at)].base; }},
        {"references", "segment_freed", [](W& w) { w.free(w[file_at(w, segment_at)].base); }, false, "hooks-balanced"},
        {"hook-alignment", "start_inside_a_unit", [](W& w) { change_vma(w, granule_at).start += 1; }},
        {"hook-alignment", "end_inside_a_unit", [](W& w) { change_vma(w, granule_at).end -= 1; }},
        {"hook-alignment", "end_inside_a_huge_page", [](W& w) { change_vma(w, huge_at).end -= 2; }},
        {"hook-alignment", "offset_inside_a_huge_page", [](W& w) { change_vma(w, huge_at).pgoff += 2; }},
        {"hook-alignment", "huge_pages_without_the_flag", [](W& w) { change_vma(w, huge_at).flags &= ~vm::hugetlb; }},
        {"hook-alignment", "huge_pages_charged_for", [](W& w) { change_vma(w, huge_at).flags |= vm::account; }},
        {"address-space-use", "too_many", [](W& w) { ++w.change(mapping_at(w, shared_file_at)).files; }},
        {"address-space-use", "too_few", [](W& w) { --w.change(mapping_at(w, shared_file_at)).files; }},
        {"address-space-use", "file_moved_uncounted",
         [](W& w) { w.change(file_at(w, same_inode_at)).mapping = mapping_at(w, hooks_at); }},
        {"policy-references", "too_many", [](W& w) { ++w.change(policy_of(w)).refcount; }},
        {"policy-references", "none", [](W& w) { w.change(policy_of(w)).refcount = 0; }},
        {"policy-references", "holder_without_a_reference", [](W& w) { change_vma(w, text_at).policy = policy_of(w); }},
        {"policy-references", "replaced_without_giving_it_up",
         [](W& w) { change_vma(w, policy_at).policy = MemPolicyId(); }},
        {"policy-references", "no_reference_and_no_holder",
         [](W& w) { w.change(w.template allocate<MemPolicyId>()).content = 1; }},
        {"policy-references", "of_no_content", [](W& w) { w.change(policy_of(w)).content = 0; }},
        {"references", "freed_policy", [](W& w) { w.free(policy_of(w)); }, false, "policy-references"},
    };
}

}  // namespace

template <class D>
std::vector<Damage<D>> counter_damages() {
    std::vector<Damage<D>> all = vm_counter_damages<D>();
    for (const Damage<D>& each : file_damages<D>()) all.push_back(each);
    return all;
}

template std::vector<Damage<Plain>> page_damages();
template std::vector<Damage<Traced>> page_damages();
template std::vector<Damage<Plain>> counter_damages();
template std::vector<Damage<Traced>> counter_damages();

}  // namespace vmacheck
