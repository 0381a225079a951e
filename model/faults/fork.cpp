#include "model/faults/fork.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array fork_rows{
    FaultInfo{.fault = fork_stale_highest,
              .name = "fork-stale-highest",
              .kind = FaultKind::real,
              .fixed = "v6.1",
              .property = "highest-vm-end",
              .effect = "a child whose VMAs were all VM_DONTCOPY keeps its parent's highest_vm_end (v5.10)"},
    FaultInfo{.fault = wipeonfork_stale_pgoff,
              .name = "wipeonfork-stale-pgoff",
              .kind = FaultKind::real,
              .introduced = "v4.14",
              .property = "unfaulted-pgoff",
              .effect = "fork of a VM_WIPEONFORK VMA that was faulted and moved gives the unfaulted child a foreign "
                        "vm_pgoff (v5.10)"},
    FaultInfo{.fault = fork_counters_before_lock,
              .name = "fork-counters-before-lock",
              .kind = FaultKind::real,
              .fixed = "v4.1",
              .commit = "4f7d461433bb",
              .property = "linearizable",
              .effect = "fork copies total_vm and its parts before it has the mmap_lock, so that a stack can grow in "
                        "between"},
    FaultInfo{.fault = fork_uffd_flags_kept,
              .name = "fork-uffd-flags-kept",
              .kind = FaultKind::synthetic,
              .property = "uffd-context",
              .effect = "fork takes the userfaultfd context from the child's VMA and leaves the flags"},
    FaultInfo{.fault = ksm_fork_forgotten,
              .name = "ksm-fork-forgotten",
              .kind = FaultKind::synthetic,
              .property = "mergeable-known",
              .effect = "fork does not make the child of a process with VM_MERGEABLE memory known to ksmd"},
    FaultInfo{.fault = fork_writable_not_counted,
              .name = "fork-writable-not-counted",
              .kind = FaultKind::synthetic,
              .property = "writable-mappings",
              .effect = "fork does not count the child's shared mapping of a file in i_mmap_writable"},
};

}  // namespace

std::span<const FaultInfo> rows_of_fork() {
    return fork_rows;
}

}  // namespace vmacheck::faults
