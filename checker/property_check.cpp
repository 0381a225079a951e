#include "checker/property_check.hpp"

#include "checker/extra_properties.hpp"

namespace vmacheck {

PropertyCheck check_all_properties() {
    const std::shared_ptr<ExaminerBase<Plain>> examiner = make_whole_examiner();
    return [examiner](const World<Plain>& world, const Op<Plain>& op, const Outcome<Plain>& outcome,
                      std::vector<Violation>& found) {
        (void)outcome;  // the World still holds it
        Report report;
        if (op.kind == OpKind::count)
            examiner->sweep(world, report);
        else
            examiner->step(world, op, report);
        found.insert(found.end(), report.violations().begin(), report.violations().end());
    };
}

}  // namespace vmacheck
