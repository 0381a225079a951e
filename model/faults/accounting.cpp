#include "model/faults/accounting.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array accounting_rows{
    FaultInfo{.fault = stack_growth_charge,
              .name = "stack-growth-charge",
              .kind = FaultKind::real,
              .property = "committed",
              .effect = "growth of a stack without VM_ACCOUNT is charged, and nothing ever returns the charge (v5.10)"},
    FaultInfo{.fault = special_mapping_locked,
              .name = "special-mapping-locked",
              .kind = FaultKind::real,
              .property = "page-map",
              .effect = "a special mapping made after mlockall has VM_LOCKED and is counted out of locked_vm, but "
                        "never in (v5.10)"},
    FaultInfo{.fault = mlock_count_width,
              .name = "mlock-count-width",
              .kind = FaultKind::real,
              .property = "locked-vm",
              .effect = "mlock and munlock count the pages of a VMA as a 32-bit int (v5.10)"},
    FaultInfo{.fault = fork_charge_width,
              .name = "fork-charge-width",
              .kind = FaultKind::real,
              .fixed = "v3.9",
              .commit = "7edc8b0ac16c",
              .property = "committed",
              .effect = "fork charges for the pages of a VMA modulo 2^32"},
    FaultInfo{.fault = munmap_partial_total_vm,
              .name = "munmap-partial-total-vm",
              .kind = FaultKind::synthetic,
              .property = "total-vm",
              .effect = "munmap that has cut a VMA leaves total_vm and its parts as they were"},
    FaultInfo{.fault = commit_limit_ignored,
              .name = "commit-limit-ignored",
              .kind = FaultKind::synthetic,
              .property = "commit-limit",
              .effect = "every charge is allowed, in all overcommit modes"},
    FaultInfo{.fault = rlimit_as_ignored,
              .name = "rlimit-as-ignored",
              .kind = FaultKind::synthetic,
              .property = "resource-limits",
              .effect = "may_expand_vm does not look at RLIMIT_AS"},
    FaultInfo{.fault = rlimit_data_ignored,
              .name = "rlimit-data-ignored",
              .kind = FaultKind::synthetic,
              .property = "resource-limits",
              .effect = "may_expand_vm does not look at RLIMIT_DATA"},
    FaultInfo{.fault = munmap_peak_lost,
              .name = "munmap-peak-lost",
              .kind = FaultKind::synthetic,
              .property = "hiwater-vm",
              .effect = "munmap does not bring hiwater_vm up to date before total_vm falls"},
    FaultInfo{.fault = data_vm_not_counted,
              .name = "data-vm-not-counted",
              .kind = FaultKind::synthetic,
              .property = "data-vm",
              .effect = "vm_stat_account does not count in data_vm"},
    FaultInfo{.fault = exec_vm_not_counted,
              .name = "exec-vm-not-counted",
              .kind = FaultKind::synthetic,
              .property = "exec-vm",
              .effect = "vm_stat_account does not count in exec_vm"},
    FaultInfo{.fault = stack_vm_not_counted,
              .name = "stack-vm-not-counted",
              .kind = FaultKind::synthetic,
              .property = "stack-vm",
              .effect = "vm_stat_account does not count in stack_vm"},
};

}  // namespace

std::span<const FaultInfo> rows_of_accounting() {
    return accounting_rows;
}

}  // namespace vmacheck::faults
