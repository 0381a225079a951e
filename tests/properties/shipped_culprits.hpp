// Which of the bugs that a kernel was shipped with a finding is due to.
#pragma once

#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "model/state/world.hpp"
#include "properties/run/catalogue.hpp"

#include <memory>
#include <vector>

namespace vmacheck {

// Whether the operations, made one after the other, break a property.
inline bool breaks(const Parameters& p, FaultSet faults, const std::vector<Op<Plain>>& ops) {
    World<Plain> world(p, default_profile(), faults);
    const auto checker = make_property_checker<Plain>();
    Report report;
    for (const Op<Plain>& op : ops) {
        world.apply(op);
        checker->check_step(world, op, report);
        if (!report.empty()) return true;
    }
    return false;
}

// The shipped bugs that a finding is due to: one whose repair makes it go away, or two that strike in the same step, as
// where a part of a locked VMA merges with its own copy. Empty: it is due to none.
inline std::vector<Fault> culprits_of(const Parameters& p, const std::vector<Op<Plain>>& ops) {
    std::vector<Fault> shipped;
    for (const FaultInfo& each : all_faults())
        if (default_profile().shipped.has(each.fault)) shipped.push_back(each.fault);
    const auto without = [&](Fault first, Fault second) {
        FaultSet others;
        for (const Fault each : shipped)
            if (each != first && each != second) others.add(each);
        return others;
    };
    for (const Fault each : shipped)
        if (!breaks(p, without(each, each), ops)) return {each};
    for (const Fault first : shipped)
        for (const Fault second : shipped)
            if (!breaks(p, without(first, second), ops)) return {first, second};
    return {};
}

}  // namespace vmacheck
