#include "model/faults/files.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array rows{
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
};

}  // namespace

std::span<const FaultInfo> rows_of_files() {
    return rows;
}

}  // namespace vmacheck::faults
