// mm->locked_vm is the pages of the VM_LOCKED VMAs.
//
// mlock_future_check holds it against RLIMIT_MEMLOCK. Pages that stay counted after they are gone keep a process from
// locking more; pages that are counted twice too. Drivers that pin memory may add to the counter: a subject runs the
// operations of a trace, and none of these. Broken by: dontunmap-locked-partial, special-mapping-locked.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedLockedVm {
    static constexpr PropertyInfo info{"observed-locked-vm", PropertyKind::observed,
                                       "locked_vm is the pages of the VM_LOCKED VMAs shown", "mlock_future_check"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_listed_process(observation, [&](std::size_t slot, const ProcessView& process) {
            if ((vm::locked & ~process.flags_shown) != 0) return;
            const std::uint64_t pages =
                observed::pages_where(process, [](const VmaView& vma) { return (vma.flags & vm::locked) != 0; });
            observed::expect_pages(info, slot, "locked_vm", process.locked_vm, pages, report);
        });
    }
};

}  // namespace vmacheck
