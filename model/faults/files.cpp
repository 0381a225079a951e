#include "model/faults/files.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array files_rows{
    FaultInfo{.fault = mmap_merge_return_addr,
              .name = "mmap-merge-return-addr",
              .kind = FaultKind::real,
              .introduced = "v5.9",
              .fixed = "v5.10",
              .commit = "309d08d9b3a3",
              .property = "page-map",
              .effect = "mmap whose range merges after ->mmap changed the flags returns where the merged VMA starts"},
    FaultInfo{.fault = mmap_merge_double_fput,
              .name = "mmap-merge-double-fput",
              .kind = FaultKind::real,
              .introduced = "v5.9",
              .fixed = "v5.10",
              .commit = "bc4fe4cdd602",
              .property = "file-references",
              .effect = "mmap whose range merges after ->mmap swapped vm_file puts the caller's file once too often"},
    FaultInfo{.fault = mmap_hook_not_closed,
              .name = "mmap-hook-not-closed",
              .kind = FaultKind::real,
              .introduced = "v5.10",
              .fixed = "v6.1",
              .backported = "v5.10.198",
              .commit = "deb0f6562884",
              .property = "hooks-balanced",
              .effect = "mmap that fails after a successful ->mmap frees the VMA without calling ->close"},
    FaultInfo{
        .fault = mmap_remerge_not_closed,
        .name = "mmap-remerge-not-closed",
        .kind = FaultKind::real,
        .introduced = "v6.12",
        .fixed = "v6.13",
        .commit = "5ac87a885aec",
        .property = "hooks-balanced",
        .effect = "a new VMA whose flags ->mmap has changed merges into the one below, and is freed without ->close"},
    FaultInfo{.fault = mmap_hook_error_charge,
              .name = "mmap-hook-error-charge",
              .kind = FaultKind::real,
              .introduced = "v3.5",
              .fixed = "v6.1",
              .backported = "v5.10.198",
              .commit = "7f82f922319e",
              .property = "committed",
              .effect = "mmap whose ->mmap fails does not return what it charged for a private writable mapping"},
    FaultInfo{.fault = split_alignment,
              .name = "split-alignment",
              .kind = FaultKind::real,
              .fixed = "v4.15",
              .commit = "9702cffdbf21",
              .property = "hook-alignment",
              .effect = "a driver of huge mappings has no ->split, so that any caller may cut them at a small page"},
    FaultInfo{.fault = mmap_merge_uaf_old,
              .name = "mmap-merge-uaf-old",
              .kind = FaultKind::real,
              .fixed = "v2.6.29",
              .commit = "de33c8db5910",
              .property = "use-after-free",
              .effect = "mmap of locked memory that merges after ->mmap reads the VMA that the merge has freed"},
    FaultInfo{
        .fault = mmap_region_error_tangle,
        .name = "mmap-region-error-tangle",
        .kind = FaultKind::real,
        .introduced = "v6.12",
        .fixed = "v6.12",
        .commit = "5de195060b2e",
        .property = "page-map",
        .effect = "mmap asks what the architecture and seals refuse when the old mapping is gone (CVE-2024-53096)"},
    FaultInfo{.fault = shm_release_forgotten,
              .name = "shm-release-forgotten",
              .kind = FaultKind::synthetic,
              .property = "segment-clones",
              .effect = "the last fput of an attachment's file does not put the file of its segment"},
    FaultInfo{.fault = fput_keeps_inode,
              .name = "fput-keeps-inode",
              .kind = FaultKind::synthetic,
              .property = "address-space-use",
              .effect = "the last fput of a file leaves it counted by its address_space"},
};

}  // namespace

std::span<const FaultInfo> rows_of_files() {
    return files_rows;
}

}  // namespace vmacheck::faults
