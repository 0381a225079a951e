// Faults: one real historical kernel bug each (or a labelled synthetic one), switched on by name and consulted at one
// place of the model. KERNEL bug ids are commits of the fix in the mainline tree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vmacheck {

enum class Fault : std::uint8_t {
    av_double_reuse,             // anon_vma reuse counted by one ambiguous `degree`
    av_degree_import_order,      // importer's anon_vma set after the clone instead of before
    av_fork_leak,                // late error exit of anon_vma_fork leaves the chain linked
    av_fork_shares_parent,       // child takes over the anon_vma of the parent's previous VMA
    merge_case3_pgoff,           // case 3 moves the start of next without its offset
    adjust_case6_no_import,      // synthetic: the chain of the far neighbour is not imported in case 6
    adjust_gap_not_updated,      // synthetic: the gap of next is left stale after an end moved
    fork_stale_highest,          // shipped with v5.10: an empty child keeps the parent's highest_vm_end
    stack_growth_charge,         // shipped with v5.10: growth of a stack without VM_ACCOUNT is charged for good
    dontunmap_account_next,      // shipped with v5.10: VM_ACCOUNT lands on the VMA that follows the source
    dontunmap_locked_partial,    // shipped with v5.10: all of a partly moved locked VMA is unlocked, uncounted
    dontunmap_locked_selfmerge,  // shipped with v5.10: the same where the copy merged with its own source
    wipeonfork_stale_pgoff,      // shipped with v5.10: an unfaulted child keeps the offset of a moved parent
    uffd_pgoff,                  // shipped with v5.10: a part of a VMA is merged by the offset of the whole
    uffd_remap_neighbour,        // shipped with v5.10: a moved range takes its neighbour's registration with it
    mbind_pgoff,                 // a later VMA's part is merged by the distance to the start of the request
    merge_policy_lost,           // old case 8: the survivor of mbind's merge keeps the policy it had
    madvise_case8_flags,         // old case 8: the survivor of madvise's merge keeps the flags it had
    movevma_munmap_fail_acct,    // shipped with v5.10: a source that could not be unmapped loses VM_ACCOUNT
    av_oldest_mapping,           // a page swapped in for several is tagged with the faulting VMA's own anon_vma
    stack_grow_wrong_mm,         // the accessor's size bounds the charge for another's stack
    guard_gap_underflow,         // the search takes a gap that ends below its start for a huge one
    guard_gap_protnone,          // a stack keeps its guard gap from memory that cannot be accessed
    guard_gap_up_overflow,       // a stack cannot grow up to where its guard gap would wrap
    pgoff_wrap_down,             // a stack grows below its page offset
    pgoff_wrap_up,               // a stack grows up beyond the last page offset
    pgoff_wrap_mremap,           // mremap grows a VMA beyond the last page offset
    brk_error_unsigned,          // a brk whose unmap failed counts as done
    brk_not_restored,            // synthetic: a refused shrink leaves the break at the new place
    fork_charge_width,           // the pages of a VMA that fork charges for are held in 32 bits
    mmap_merge_return_addr,      // mmap returns the start of the VMA that its range merged into after ->mmap
    mmap_merge_double_fput,      // a merge after ->mmap puts the caller's file, not the one in vm_file
    mmap_hook_not_closed,        // a failure after a successful ->mmap frees the VMA without ->close
    mmap_hook_error_charge,      // a failed ->mmap keeps what was charged for the mapping
    split_alignment,             // a driver of huge mappings has no ->split: they are cut at small pages
    merge_case7_close,           // case 7 absorbs a VMA that has ->close
    mremap_split_unchecked,      // shipped with v5.10: a range that cannot be cut out is moved all the same
    split_pgoff,                 // synthetic: a new upper part keeps the offset of the lower
    split_limit,                 // synthetic: a split is refused one VMA too late
    special_mapping_locked,      // shipped with v5.10: a special mapping takes VM_LOCKED from mlockall, uncounted
    mremap_growth_width,         // shipped with v5.10: the pages of a growth in place are held in an int
    mlock_count_width,           // shipped with v5.10: the pages that mlock and munlock count are held in an int
    // All synthetic, for searches to prove themselves on: no historical bug is known that leaves these structures wrong
    // in code that runs alone. Those of trees are in mm_rb, every i_mmap and every anon_vma tree.
    munmap_gap_not_updated,        // the gap above an unmapped range is left stale
    gap_ignores_right_child,       // rb_subtree_gap leaves out the right subtree
    tree_propagates_once,          // a changed value of a tree node is not handed on above the next one
    munmap_highest_kept,           // highest_vm_end stays where the last VMA is unmapped
    adjust_highest_not_raised,     // highest_vm_end stays where the last VMA grows
    link_prev_stale,               // a VMA linked before another does not become its vm_prev
    unlink_prev_stale,             // vm_prev of the VMA after an unlinked one stays
    insert_not_recoloured,         // a red node below a red one is left where its uncle is red too
    erase_not_rebalanced,          // the black node that an erasure takes away is not made up for
    rotation_value_stale,          // a rotation does not recompute the node that goes down
    erase_successor_parent_stale,  // an erasure does not recompute where the successor was
    adjust_next_avc_key_stale,     // a boundary moves, and the next VMA keeps its keys in the anon_vma trees
    adjust_i_mmap_key_stale,       // a VMA's range changes, and its key in i_mmap does not
    interval_last_kept,            // the largest last offset of a subtree rises and never falls
    clone_skips_newest,            // a clone leaves out the newest edge of the chain
    clone_reverses_chain,          // a clone ties the edges in the wrong order
    unlink_leaves_edge,            // the newest edge stays in its anon_vma's tree
    merge_map_count_kept,          // an absorbed VMA still counts
    munmap_partial_total_vm,       // what is unmapped of a VMA that is cut stays counted in total_vm
    count,
};

struct FaultInfo {
    Fault fault;
    std::string_view name;    // stable, stands in traces
    std::string_view fix;     // commit of the fix, or "synthetic", or "shipped"
    std::string_view effect;  // one sentence
};

std::span<const FaultInfo> all_faults();
const FaultInfo& info(Fault fault);
std::optional<Fault> fault_named(std::string_view name);

class FaultSet {
public:
    constexpr FaultSet() = default;
    constexpr FaultSet& add(Fault fault) {
        bits_ |= bit(fault);
        return *this;
    }
    constexpr FaultSet& add(FaultSet other) {
        bits_ |= other.bits_;
        return *this;
    }
    [[nodiscard]] constexpr bool has(Fault fault) const { return (bits_ & bit(fault)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    friend constexpr bool operator==(FaultSet, FaultSet) = default;

private:
    static_assert(static_cast<unsigned>(Fault::count) <= 64);
    static constexpr std::uint64_t bit(Fault fault) { return std::uint64_t{1} << static_cast<unsigned>(fault); }
    std::uint64_t bits_ = 0;
};

}  // namespace vmacheck
