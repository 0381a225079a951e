#include "model/faults/trees.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array trees_rows{
    FaultInfo{.fault = adjust_gap_not_updated,
              .name = "adjust-gap-not-updated",
              .kind = FaultKind::synthetic,
              .property = "gap-cache",
              .effect = "__vma_adjust leaves the gap of the next VMA stale after an end moved"},
    FaultInfo{.fault = munmap_gap_not_updated,
              .name = "munmap-gap-not-updated",
              .kind = FaultKind::synthetic,
              .property = "gap-cache",
              .effect = "munmap leaves the gap of the VMA above the unmapped range as it was"},
    FaultInfo{.fault = gap_ignores_right_child,
              .name = "gap-ignores-right-child",
              .kind = FaultKind::synthetic,
              .property = "gap-cache",
              .effect = "rb_subtree_gap is computed of a node and its left subtree alone"},
    FaultInfo{.fault = tree_propagates_once,
              .name = "tree-propagates-once",
              .kind = FaultKind::synthetic,
              .property = "gap-cache",
              .effect = "an augmented tree hands a changed value to one node, and not to the nodes above that"},
    FaultInfo{.fault = munmap_highest_kept,
              .name = "munmap-highest-kept",
              .kind = FaultKind::synthetic,
              .property = "highest-vm-end",
              .effect = "munmap of the last VMA leaves highest_vm_end as it was"},
    FaultInfo{.fault = adjust_highest_not_raised,
              .name = "adjust-highest-not-raised",
              .kind = FaultKind::synthetic,
              .property = "highest-vm-end",
              .effect = "__vma_adjust leaves highest_vm_end as it was where the end of the last VMA moves"},
    FaultInfo{.fault = link_prev_stale,
              .name = "link-prev-stale",
              .kind = FaultKind::synthetic,
              .property = "list-order",
              .effect = "a VMA linked into the list does not become vm_prev of the one after it"},
    FaultInfo{.fault = unlink_prev_stale,
              .name = "unlink-prev-stale",
              .kind = FaultKind::synthetic,
              .property = "list-order",
              .effect = "a VMA unlinked from the list remains vm_prev of the one after it"},
    FaultInfo{.fault = insert_not_recoloured,
              .name = "insert-not-recoloured",
              .kind = FaultKind::synthetic,
              .property = "red-black",
              .effect = "insertion into a tree leaves a red node below a red one where both children of the "
                        "grandparent are red"},
    FaultInfo{.fault = erase_not_rebalanced,
              .name = "erase-not-rebalanced",
              .kind = FaultKind::synthetic,
              .property = "red-black",
              .effect = "erasure from a tree leaves it as it is where a black node has gone"},
    FaultInfo{.fault = rotation_value_stale,
              .name = "rotation-value-stale",
              .kind = FaultKind::synthetic,
              .property = "gap-cache",
              .effect = "a rotation does not recompute the augmented value of the node that goes down"},
    FaultInfo{.fault = erase_successor_parent_stale,
              .name = "erase-successor-parent-stale",
              .kind = FaultKind::synthetic,
              .property = "gap-cache",
              .effect = "erasure of a node with two children does not recompute the nodes above the place its "
                        "successor leaves"},
    FaultInfo{
        .fault = adjust_next_avc_key_stale,
        .name = "adjust-next-avc-key-stale",
        .kind = FaultKind::synthetic,
        .property = "interval-keys",
        .effect =
            "__vma_adjust moves a boundary and leaves the keys of the next VMA in the anon_vma trees as they were"},
    FaultInfo{.fault = adjust_i_mmap_key_stale,
              .name = "adjust-i-mmap-key-stale",
              .kind = FaultKind::synthetic,
              .property = "interval-keys",
              .effect = "__vma_adjust changes the range of a VMA and leaves its key in i_mmap as it was"},
    FaultInfo{.fault = interval_last_kept,
              .name = "interval-last-kept",
              .kind = FaultKind::synthetic,
              .property = "interval-trees",
              .effect = "an interval tree does not lower the largest last offset of a subtree"},
    FaultInfo{.fault = link_rb_forgotten,
              .name = "link-rb-forgotten",
              .kind = FaultKind::synthetic,
              .property = "list-equals-tree",
              .effect = "a new VMA is linked into the list and not into mm_rb"},
};

}  // namespace

std::span<const FaultInfo> rows_of_trees() {
    return trees_rows;
}

}  // namespace vmacheck::faults
