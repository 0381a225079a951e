// mm->locked_vm is the pages of the VM_LOCKED VMAs.
//
// RLIMIT_MEMLOCK goes by it. Pages that stay counted after they are gone keep a process from locking more; pages that
// are counted twice too (faults dontunmap-locked-partial, special-mapping-locked). Drivers that pin memory may add to
// the counter: a subject runs the operations of a trace, and none of these.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedLockedVm {
    static constexpr PropertyInfo info{"observed-locked-vm", PropertyKind::observed,
                                       "locked_vm is the pages of the VM_LOCKED VMAs shown", "mlock_future_check"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_listed_process(observation, [&](std::size_t slot, const ProcessView& process) {
            const std::uint64_t pages =
                observed::pages_where(process, [](const VmaView& vma) { return (vma.flags & vm::locked) != 0; });
            observed::expect_counter(info, slot, "locked_vm in pages", process.locked_vm, pages, report);
        });
    }
};

}  // namespace vmacheck
