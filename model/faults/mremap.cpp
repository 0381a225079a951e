#include "model/faults/mremap.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array mremap_rows{
    FaultInfo{
        .fault = dontunmap_account_next,
        .name = "dontunmap-account-next",
        .kind = FaultKind::real,
        .introduced = "v5.7",
        .fixed = "v5.11",
        .property = "page-map",
        .effect =
            "mremap DONTUNMAP of pages inside an accounted VMA puts VM_ACCOUNT on the VMA that follows it (v5.10)"},
    FaultInfo{
        .fault = dontunmap_locked_partial,
        .name = "dontunmap-locked-partial",
        .kind = FaultKind::real,
        .introduced = "v5.7",
        .fixed = "v7.3",
        .commit = "597e4b9ab48a",
        .property = "page-map",
        .effect = "mremap DONTUNMAP of part of a locked VMA unlocks all of it and leaves locked_vm as it was (v5.10)"},
    FaultInfo{.fault = dontunmap_locked_selfmerge,
              .name = "dontunmap-locked-selfmerge",
              .kind = FaultKind::real,
              .introduced = "v5.7",
              .fixed = "v7.3",
              .commit = "838bb60dc215",
              .property = "page-map",
              .effect = "mremap DONTUNMAP unlocks the VMA that source and copy have merged into and leaves locked_vm "
                        "as it was (v5.10)"},
    FaultInfo{.fault = uffd_remap_neighbour,
              .name = "uffd-remap-neighbour",
              .kind = FaultKind::real,
              .property = "page-map",
              .effect = "mremap of a registered range next to a registered one merges with it and ends its "
                        "registration too (v5.10)"},
    FaultInfo{.fault = movevma_munmap_fail_acct,
              .name = "movevma-munmap-fail-acct",
              .kind = FaultKind::real,
              .fixed = "v5.11",
              .commit = "51df7bcb6151",
              .property = "account-flag",
              .effect = "mremap that cannot unmap its source leaves it mapped without VM_ACCOUNT and without its "
                        "charge (v5.10)"},
    FaultInfo{.fault = pgoff_wrap_mremap,
              .name = "pgoff-wrap-mremap",
              .kind = FaultKind::real,
              .fixed = "v2.6.39",
              .commit = "982134ba6261",
              .property = "pgoff-range",
              .effect = "mremap grows a VMA beyond the last page offset"},
    FaultInfo{
        .fault = mremap_split_unchecked,
        .name = "mremap-split-unchecked",
        .kind = FaultKind::real,
        .introduced = "v4.15",
        .fixed = "v5.11",
        .commit = "73d5e0629919",
        .property = "hook-alignment",
        .effect = "mremap moves a range that ->split does not let go, and leaves the source mapped as well (v5.10)"},
    FaultInfo{.fault = dontunmap_locked_double,
              .name = "dontunmap-locked-double",
              .kind = FaultKind::real,
              .introduced = "v6.16",
              .fixed = "v7.3",
              .property = "locked-vm",
              .effect =
                  "mremap DONTUNMAP of locked memory counts its pages in locked_vm a second time (seen in v6.18.44 "
                  "and v7.1.13)"},
    FaultInfo{.fault = mremap_shrink_charge,
              .name = "mremap-shrink-charge",
              .kind = FaultKind::real,
              .introduced = "v6.16",
              .fixed = "v7.3",
              .property = "committed",
              .effect = "mremap that moves and shrinks a range charges for the pages it gives up (seen in v6.18.44 and "
                        "v7.2.13)"},
    FaultInfo{.fault = dontunmap_no_limit_check,
              .name = "dontunmap-no-limit-check",
              .kind = FaultKind::real,
              .introduced = "v5.7",
              .fixed = "v5.11",
              .commit = "ad8ee77ea9db",
              .property = "commit-limit",
              .effect = "mremap DONTUNMAP charges for the range that stays without asking the commit limit (v5.10)"},
    FaultInfo{.fault = mremap_growth_width,
              .name = "mremap-growth-width",
              .kind = FaultKind::real,
              .fixed = "v6.0",
              .property = "total-vm",
              .effect = "mremap counts what a VMA grows by in place as a 32-bit int (v5.10)"},
    FaultInfo{
        .fault = mremap_expand_inside,
        .name = "mremap-expand-inside",
        .kind = FaultKind::real,
        .introduced = "v6.1",
        .fixed = "v6.2",
        .commit = "6f12be792fde",
        .property = "page-map",
        .effect =
            "mremap of a VMA's tail computes the offset of what it adds as if it began at the VMA's start (v6.1)"},
    FaultInfo{
        .fault = mremap_expand_close,
        .name = "mremap-expand-close",
        .kind = FaultKind::real,
        .introduced = "v6.1",
        .fixed = "v6.2",
        .commit = "d014cd7c1c35",
        .property = "page-map",
        .effect = "mremap refuses to extend a VMA with ->close in place, since vma_merge merges none such (v6.1)"},
    FaultInfo{.fault = mremap_dup_private,
              .name = "mremap-dup-private",
              .kind = FaultKind::real,
              .fixed = "v4.14",
              .commit = "dba58d3b8c50",
              .property = "page-map",
              .effect = "mremap with an old length of 0 makes a new, unrelated mapping of a private one"},
    FaultInfo{.fault = movevma_munmap_fail_growth,
              .name = "movevma-munmap-fail-growth",
              .kind = FaultKind::real,
              .introduced = "v5.11",
              .fixed = "v5.16",
              .commit = "5e22928abe67",
              .property = "committed",
              .effect = "mremap that grows a range and cannot unmap its source charges for that by the new length"},
    FaultInfo{.fault = mremap_merge_fail_unacct,
              .name = "mremap-merge-fail-unacct",
              .kind = FaultKind::real,
              .introduced = "v6.1",
              .fixed = "v6.7",
              .commit = "954652b9f33b",
              .property = "committed",
              .effect = "mremap that cannot extend a VMA in place uncharges memory that was not charged for (v6.1)"},
};

}  // namespace

std::span<const FaultInfo> rows_of_mremap() {
    return mremap_rows;
}

}  // namespace vmacheck::faults
