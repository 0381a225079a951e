#include "checker/exhaustive/check_transition.hpp"

#include "checker/run/guarded.hpp"
#include "model/state/world.hpp"

namespace vmacheck {

bool check_transition(World<Plain>& world, const Op<Plain>& op, PropertyChecker<Plain>& checker, CanonicalForm& form,
                      Report& report) {
    bool applied = false;
    guarded(report, [&] {
        const Outcome<Plain>& outcome = world.apply(op);
        applied = true;
        checker.check_step(world, op, report);
        if (outcome.violations.empty()) checker.check_all(world, report);
        if (report.empty() && !form.take(world))
            internal_assertion_failed("the canonical form objects to a state that every property accepts");
    });
    return applied;
}

}  // namespace vmacheck
