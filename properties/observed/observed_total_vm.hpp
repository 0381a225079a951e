// mm->total_vm is the pages of all VMAs.
//
// RLIMIT_AS and /proc/PID/status VmSize go by it. A wrong sum stays for the life of the process. Broken by:
// munmap-partial-total-vm.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedTotalVm {
    static constexpr PropertyInfo info{"observed-total-vm", PropertyKind::observed,
                                       "total_vm is the pages of the VMAs shown", "may_expand_vm"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_listed_process(observation, [&](std::size_t slot, const ProcessView& process) {
            const std::uint64_t pages = observed::pages_where(process, [](const VmaView&) { return true; });
            observed::expect_pages(info, slot, "total_vm", process.total_vm, pages, report);
        });
    }
};

}  // namespace vmacheck
