// mm->map_count is the number of VMAs.
//
// It decides when the limit vm.max_map_count is met. A merge or split that forgets it lets a process pass the limit, or
// refuses mappings for no reason. Broken by: merge-map-count-kept.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedMapCount {
    static constexpr PropertyInfo info{"observed-map-count", PropertyKind::observed,
                                       "map_count is the number of VMAs shown", "do_mmap, split_vma"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_listed_process(observation, [&](std::size_t slot, const ProcessView& process) {
            observed::expect_counter(info, slot, "map_count", process.map_count, process.vmas.size(), report);
        });
    }
};

}  // namespace vmacheck
