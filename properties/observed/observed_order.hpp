// The VMAs of a process are listed by address and do not overlap.
//
// Every Linux walks them so for /proc/PID/maps, through the list of v5.10 or the maple tree since 6.1. Two VMAs over one
// page mean that a mapping was inserted without clearing its range, or that a boundary moved in one of two VMAs
// only. Broken by: none known.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedOrder {
    static constexpr PropertyInfo info{"observed-order", PropertyKind::observed,
                                       "the VMAs shown are in order of address and do not overlap",
                                       "find_vma, /proc/PID/maps"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_listed_process(observation, [&](std::size_t slot, const ProcessView& process) {
            for (std::size_t i = 1; i < process.vmas.size(); ++i)
                if (process.vmas[i].start < process.vmas[i - 1].end)
                    report.add(info, "{}{} is listed after {}", observed::prefix_of(slot),
                               observed::text_of(process.vmas[i]), observed::text_of(process.vmas[i - 1]));
        });
    }
};

}  // namespace vmacheck
