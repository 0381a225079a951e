#include "checker/run/record_steps.hpp"

#include "model/state/world.hpp"

namespace vmacheck {

std::vector<TraceStep> record_steps(World<Plain>& world, const std::vector<Op<Plain>>& ops) {
    std::vector<TraceStep> steps;
    steps.reserve(ops.size());
    for (const Op<Plain>& op : ops) {
        const Outcome<Plain>& outcome = world.apply(op);
        TraceStep& step = steps.emplace_back();
        step.op = op;
        if (!outcome.violations.empty()) continue;
        step.seen.error = outcome.error;
        if (outcome.ok()) step.seen.value = outcome.value.value();
    }
    return steps;
}

}  // namespace vmacheck
