#include "checker/run/property_check.hpp"

#include "properties/run/extra_properties.hpp"

namespace vmacheck {

PropertyCheck check_all_properties() {
    const std::shared_ptr<PropertyChecker<Plain>> checker = make_full_checker();
    return [checker](const World<Plain>& world, const Op<Plain>& op, const Outcome<Plain>& outcome,
                     std::vector<Violation>& found) {
        (void)outcome;  // the World still holds it
        Report report;
        if (op.kind == OpKind::count)
            checker->check_all(world, report);
        else
            checker->check_step(world, op, report);
        found.insert(found.end(), report.violations().begin(), report.violations().end());
    };
}

}  // namespace vmacheck
