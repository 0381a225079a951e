#include "model/faults/fork.hpp"

#include "model/faults/fault_table.hpp"

#include <array>

namespace vmacheck::faults {
namespace {

constexpr std::array rows{
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
};

}  // namespace

std::span<const FaultInfo> rows_of_fork() {
    return rows;
}

}  // namespace vmacheck::faults
