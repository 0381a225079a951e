#include "model/faults/merge.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array rows{
    FaultInfo{.fault = merge_case3_pgoff,
              .name = "merge-case3-pgoff",
              .kind = FaultKind::real,
              .introduced = "v6.3",
              .fixed = "v6.3",
              .commit = "7e7757876f25",
              .property = "rmap-completeness",
              .effect = "merge case 3 lowers the start of the next VMA but not its page offset"},
    FaultInfo{.fault = merge_case7_close,
              .name = "merge-case7-close",
              .kind = FaultKind::real,
              .introduced = "v6.3",
              .fixed = "v6.8",
              .commit = "fc0c8f9089c2",
              .property = "hooks-balanced",
              .effect = "merge case 7 absorbs a VMA with ->close, which is never called"},
    FaultInfo{.fault = madvise_case8_flags,
              .name = "madvise-case8-flags",
              .kind = FaultKind::real,
              .fixed = "v2.6.13",
              .commit = "836d5ffd3455",
              .property = "page-map",
              .effect = "in merge case 8 madvise keeps the VMA of the range, and its old flags for all of it"},
    FaultInfo{.fault = merge_policy_lost,
              .name = "merge-policy-lost",
              .kind = FaultKind::real,
              .fixed = "v3.10",
              .commit = "1444f92c8498",
              .property = "page-map",
              .effect = "in merge case 8 mbind keeps the VMA of the range, and its old policy for all of it"},
    FaultInfo{
        .fault = mbind_pgoff,
        .name = "mbind-pgoff",
        .kind = FaultKind::real,
        .fixed = "v3.3",
        .commit = "8aacc9f550fe",
        .property = "page-map",
        .effect = "mbind computes the offset for vma_merge from the start of the request, not of the VMA's part of it"},
    FaultInfo{
        .fault = uffd_pgoff,
        .name = "uffd-pgoff",
        .kind = FaultKind::real,
        .introduced = "v4.3",
        .fixed = "v6.4",
        .commit = "5543d3c43c52",
        .property = "page-map",
        .effect =
            "userfaultfd register and unregister hand vma_merge the offset of the whole VMA for a part of it (v5.10)"},
    FaultInfo{.fault = split_pgoff,
              .name = "split-pgoff",
              .kind = FaultKind::synthetic,
              .property = "unfaulted-pgoff",
              .effect = "__split_vma gives a new upper part the page offset of the lower one"},
    FaultInfo{.fault = split_limit,
              .name = "split-limit",
              .kind = FaultKind::synthetic,
              .property = "map-count-limit",
              .effect = "split_vma refuses a split only above max_map_count, not at it"},
    FaultInfo{.fault = merge_map_count_kept,
              .name = "merge-map-count-kept",
              .kind = FaultKind::synthetic,
              .property = "map-count",
              .effect = "map_count still counts a VMA that a merge has absorbed"},
    FaultInfo{.fault = merge_case5_never,
              .name = "merge-case5-never",
              .kind = FaultKind::synthetic,
              .property = "missed-merge",
              .effect = "vma_merge does not append the head of a VMA to the one below it"},
    FaultInfo{.fault = merge_policy_never,
              .name = "merge-policy-never",
              .kind = FaultKind::synthetic,
              .property = "missed-merge",
              .effect = "vma_merge refuses every range that has a NUMA policy"},
    FaultInfo{.fault = soft_dirty_never_set,
              .name = "soft-dirty-never-set",
              .kind = FaultKind::synthetic,
              .property = "soft-dirty",
              .effect = "mmap does not set VM_SOFTDIRTY"},
    FaultInfo{.fault = oom_merge_state,
              .name = "oom-merge-state",
              .kind = FaultKind::real,
              .introduced = "v6.14",
              .fixed = "v6.15",
              .commit = "41e6ddcaa0f1",
              .property = "page-map",
              .effect = "userfaultfd_release takes the error of a merge without memory for a VMA, whose context stays"},
};

}  // namespace

std::span<const FaultInfo> rows_of_merge() {
    return rows;
}

}  // namespace vmacheck::faults
