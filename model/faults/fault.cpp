#include "model/faults/fault.hpp"

#include <array>

namespace vmacheck {
namespace {

constexpr std::array<FaultInfo, static_cast<std::size_t>(Fault::count)> faults{{
    {Fault::av_double_reuse, "av-double-reuse", "2555283eb40d",
     "anon_vma_clone reuses an anon_vma by its `degree`, which cannot tell a child from a user (CVE-2022-42703)"},
    {Fault::av_degree_import_order, "av-degree-import-order", "b800c91a0517",
     "__vma_adjust clones the exporter's chain before it sets the importer's anon_vma"},
    {Fault::av_fork_leak, "av-fork-leak", "4946d54cb55e",
     "anon_vma_fork returns on a late failed allocation without unlinking the cloned chain"},
    {Fault::av_fork_shares_parent, "av-fork-shares-parent", "23ab76bf90a6",
     "a forked VMA takes the anon_vma of the parent's previous VMA when the parent's two share one"},
    {Fault::merge_case3_pgoff, "merge-case3-pgoff", "7e7757876f25",
     "merge case 3 lowers the start of the next VMA but not its page offset"},
    {Fault::adjust_case6_no_import, "adjust-case6-no-import", "synthetic",
     "__vma_adjust does not import the far neighbour's chain in merge case 6"},
    {Fault::adjust_gap_not_updated, "adjust-gap-not-updated", "synthetic",
     "__vma_adjust leaves the gap of the next VMA stale after an end moved"},
    {Fault::fork_stale_highest, "fork-stale-highest", "shipped",
     "a child whose VMAs were all VM_DONTCOPY keeps its parent's highest_vm_end (v5.10)"},
    {Fault::stack_growth_charge, "stack-growth-charge", "shipped",
     "growth of a stack without VM_ACCOUNT is charged, and nothing ever returns the charge (v5.10)"},
    {Fault::dontunmap_account_next, "dontunmap-account-next", "shipped",
     "mremap DONTUNMAP of pages inside an accounted VMA puts VM_ACCOUNT on the VMA that follows it (v5.10)"},
    {Fault::dontunmap_locked_partial, "dontunmap-locked-partial", "597e4b9ab48a",
     "mremap DONTUNMAP of part of a locked VMA unlocks all of it and leaves locked_vm as it was (v5.10)"},
    {Fault::dontunmap_locked_selfmerge, "dontunmap-locked-selfmerge", "838bb60dc215",
     "mremap DONTUNMAP unlocks the VMA that source and copy have merged into and leaves locked_vm as it was (v5.10)"},
    {Fault::wipeonfork_stale_pgoff, "wipeonfork-stale-pgoff", "shipped",
     "fork of a VM_WIPEONFORK VMA that was faulted and moved gives the unfaulted child a foreign vm_pgoff (v5.10)"},
    {Fault::uffd_pgoff, "uffd-pgoff", "5543d3c43c52",
     "userfaultfd register and unregister hand vma_merge the offset of the whole VMA for a part of it (v5.10)"},
    {Fault::uffd_remap_neighbour, "uffd-remap-neighbour", "shipped",
     "mremap of a registered range next to a registered one merges with it and ends its registration too (v5.10)"},
    {Fault::mbind_pgoff, "mbind-pgoff", "8aacc9f550fe",
     "mbind computes the offset for vma_merge from the start of the request, not of the VMA's part of it"},
    {Fault::merge_policy_lost, "merge-policy-lost", "1444f92c8498",
     "in merge case 8 mbind keeps the VMA of the range, and its old policy for all of it"},
    {Fault::madvise_case8_flags, "madvise-case8-flags", "836d5ffd3455",
     "in merge case 8 madvise keeps the VMA of the range, and its old flags for all of it"},
    {Fault::movevma_munmap_fail_acct, "movevma-munmap-fail-acct", "51df7bcb6151",
     "mremap that cannot unmap its source leaves it mapped without VM_ACCOUNT and without its charge (v5.10)"},
    {Fault::av_oldest_mapping, "av-oldest-mapping", "ea90002b0fa7",
     "a page swapped in that others may map too gets the faulting VMA's own anon_vma instead of the root"},
    {Fault::stack_grow_wrong_mm, "stack-grow-wrong-mm", "05fa199d45c5",
     "growth of another process's stack is refused or allowed by the size of the accessing process"},
    {Fault::guard_gap_underflow, "guard-gap-underflow", "f4cb767d76cf",
     "the search for an address takes the gap below a stack for huge where a mapping lies within the guard gap"},
    {Fault::guard_gap_protnone, "guard-gap-protnone", "561b5e0709e4",
     "a stack does not grow close to a PROT_NONE mapping, which is the guard that runtimes place themselves"},
    {Fault::guard_gap_up_overflow, "guard-gap-up-overflow", "bd726c90b6b8",
     "expand_upwards refuses the top of the address space, where address plus guard gap wraps around"},
    {Fault::pgoff_wrap_down, "pgoff-wrap-down", "a626ca6a6564",
     "expand_downwards takes more from vm_pgoff than there is"},
    {Fault::pgoff_wrap_up, "pgoff-wrap-up", "42c36f63ac13", "expand_upwards grows a VMA beyond the last page offset"},
    {Fault::pgoff_wrap_mremap, "pgoff-wrap-mremap", "982134ba6261", "mremap grows a VMA beyond the last page offset"},
    {Fault::brk_error_unsigned, "brk-error-unsigned", "9bc8039e715d",
     "brk takes the error of a failed shrink for success, and moves the break above memory that stays mapped"},
    {Fault::brk_not_restored, "brk-not-restored", "synthetic",
     "brk reports that a shrink failed, and leaves the break where it was to go"},
    {Fault::fork_charge_width, "fork-charge-width", "7edc8b0ac16c", "fork charges for the pages of a VMA modulo 2^32"},
    {Fault::mmap_merge_return_addr, "mmap-merge-return-addr", "309d08d9b3a3",
     "mmap whose range merges after ->mmap changed the flags returns where the merged VMA starts"},
    {Fault::mmap_merge_double_fput, "mmap-merge-double-fput", "bc4fe4cdd602",
     "mmap whose range merges after ->mmap swapped vm_file puts the caller's file once too often"},
    {Fault::mmap_hook_not_closed, "mmap-hook-not-closed", "deb0f6562884",
     "mmap that fails after a successful ->mmap frees the VMA without calling ->close"},
    {Fault::mmap_hook_error_charge, "mmap-hook-error-charge", "7f82f922319e",
     "mmap whose ->mmap fails does not return what it charged for a private writable mapping"},
    {Fault::split_alignment, "split-alignment", "9702cffdbf21",
     "a driver of huge mappings has no ->split, so that any caller may cut them at a small page"},
    {Fault::merge_case7_close, "merge-case7-close", "fc0c8f9089c2",
     "merge case 7 absorbs a VMA with ->close, which is never called"},
    {Fault::mremap_split_unchecked, "mremap-split-unchecked", "73d5e0629919",
     "mremap moves a range that ->split does not let go, and leaves the source mapped as well (v5.10)"},
    {Fault::split_pgoff, "split-pgoff", "synthetic",
     "__split_vma gives a new upper part the page offset of the lower one"},
    {Fault::split_limit, "split-limit", "synthetic", "split_vma refuses a split only above max_map_count, not at it"},
    {Fault::special_mapping_locked, "special-mapping-locked", "shipped",
     "a special mapping made after mlockall has VM_LOCKED and is counted out of locked_vm, but never in (v5.10)"},
    {Fault::mremap_growth_width, "mremap-growth-width", "shipped",
     "mremap counts what a VMA grows by in place as a 32-bit int (v5.10)"},
    {Fault::mlock_count_width, "mlock-count-width", "shipped",
     "mlock and munlock count the pages of a VMA as a 32-bit int (v5.10)"},
    {Fault::munmap_gap_not_updated, "munmap-gap-not-updated", "synthetic",
     "munmap leaves the gap of the VMA above the unmapped range as it was"},
    {Fault::gap_ignores_right_child, "gap-ignores-right-child", "synthetic",
     "rb_subtree_gap is computed of a node and its left subtree alone"},
    {Fault::tree_propagates_once, "tree-propagates-once", "synthetic",
     "an augmented tree hands a changed value to one node, and not to the nodes above that"},
    {Fault::munmap_highest_kept, "munmap-highest-kept", "synthetic",
     "munmap of the last VMA leaves highest_vm_end as it was"},
    {Fault::adjust_highest_not_raised, "adjust-highest-not-raised", "synthetic",
     "__vma_adjust leaves highest_vm_end as it was where the end of the last VMA moves"},
    {Fault::link_prev_stale, "link-prev-stale", "synthetic",
     "a VMA linked into the list does not become vm_prev of the one after it"},
    {Fault::unlink_prev_stale, "unlink-prev-stale", "synthetic",
     "a VMA unlinked from the list remains vm_prev of the one after it"},
    {Fault::insert_not_recoloured, "insert-not-recoloured", "synthetic",
     "insertion into a tree leaves a red node below a red one where both children of the grandparent are red"},
    {Fault::erase_not_rebalanced, "erase-not-rebalanced", "synthetic",
     "erasure from a tree leaves it as it is where a black node has gone"},
    {Fault::rotation_value_stale, "rotation-value-stale", "synthetic",
     "a rotation does not recompute the augmented value of the node that goes down"},
    {Fault::erase_successor_parent_stale, "erase-successor-parent-stale", "synthetic",
     "erasure of a node with two children does not recompute the nodes above the place its successor leaves"},
    {Fault::adjust_next_avc_key_stale, "adjust-next-avc-key-stale", "synthetic",
     "__vma_adjust moves a boundary and leaves the keys of the next VMA in the anon_vma trees as they were"},
    {Fault::adjust_i_mmap_key_stale, "adjust-i-mmap-key-stale", "synthetic",
     "__vma_adjust changes the range of a VMA and leaves its key in i_mmap as it was"},
    {Fault::interval_last_kept, "interval-last-kept", "synthetic",
     "an interval tree does not lower the largest last offset of a subtree"},
    {Fault::clone_skips_newest, "clone-skips-newest", "synthetic",
     "anon_vma_clone leaves out the newest element of the chain"},
    {Fault::clone_reverses_chain, "clone-reverses-chain", "synthetic",
     "anon_vma_clone ties the elements of the chain in the opposite order"},
    {Fault::unlink_leaves_edge, "unlink-leaves-edge", "synthetic",
     "unlink_anon_vmas frees the newest element of the chain and leaves it in the tree"},
    {Fault::merge_map_count_kept, "merge-map-count-kept", "synthetic",
     "map_count still counts a VMA that a merge has absorbed"},
    {Fault::munmap_partial_total_vm, "munmap-partial-total-vm", "synthetic",
     "munmap that has cut a VMA leaves total_vm and its parts as they were"},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < faults.size(); ++i)
        if (faults.at(i).fault != static_cast<Fault>(i) || faults.at(i).name.empty()) return false;
    return true;
}
static_assert(in_order(), "each Fault has its row here, in the order of fault.hpp");

}  // namespace

std::span<const FaultInfo> all_faults() {
    return faults;
}

const FaultInfo& info(Fault fault) {
    return faults.at(static_cast<std::size_t>(fault));
}

std::optional<Fault> fault_named(std::string_view name) {
    for (const FaultInfo& each : faults)
        if (each.name == name) return each.fault;
    return std::nullopt;
}

}  // namespace vmacheck
