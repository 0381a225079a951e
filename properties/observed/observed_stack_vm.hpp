// mm->stack_vm is the pages of the VMAs that grow as stacks do.
//
// /proc/PID/status VmStk shows it. A stack that grows, shrinks or moves without vm_stat_account breaks it.
// Stacks grow down on nearly every machine, and up on some; an observation does not say which, and either sum will do.
// Broken by: none known.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedStackVm {
    static constexpr PropertyInfo info{"observed-stack-vm", PropertyKind::observed,
                                       "stack_vm is the pages of the VMAs shown that grow as stacks do",
                                       "/proc/PID/status VmStk"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_listed_process(observation, [&](std::size_t slot, const ProcessView& process) {
            if (((vm::growsup | vm::growsdown) & ~process.flags_shown) != 0) return;
            const auto pages_with = [&process](VmFlags flag) {
                return observed::pages_where(process, [flag](const VmaView& vma) { return (vma.flags & flag) != 0; });
            };
            if (process.stack_vm == pages_with(vm::growsup)) return;
            observed::expect_pages(info, slot, "stack_vm", process.stack_vm, pages_with(vm::growsdown), report);
        });
    }
};

}  // namespace vmacheck
