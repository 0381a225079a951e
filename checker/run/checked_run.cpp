#include "checker/run/checked_run.hpp"

#include "properties/run/headline.hpp"

#include <algorithm>

namespace vmacheck {

void CheckedRun::start(World<Plain>& world) {
    world_ = &world;
    report_.clear();
    broken_ = {};
    steps_ = 0;
    applied_ = false;
}

void CheckedRun::check(const Op<Plain>& op, const Outcome<Plain>& outcome) {
    if (checker_ != nullptr) {
        checker_->check_step(*world_, op, report_);
        return;
    }
    for (const Violation& each : outcome.violations) report_.add(each);
}

bool CheckedRun::check_whole(bool at_end) {
    if (checker_ == nullptr) return true;
    guarded(report_, [&] { checker_->check_all(*world_, report_); });
    if (report_.empty()) return true;
    broke();
    broken_.at_end = at_end;
    return false;
}

// Each violation once: a checker may repeat what the model itself reports.
bool CheckedRun::broke() {
    broken_.step = steps_;
    for (const Violation& each : report_.violations())
        if (std::find(broken_.violations.begin(), broken_.violations.end(), each) == broken_.violations.end())
            broken_.violations.push_back(each);
    put_headline_first(broken_.violations);
    return false;
}

}  // namespace vmacheck
