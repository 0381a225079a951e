// A property checker that finds broken what a test wants.
#pragma once

#include "properties/run/property_checker.hpp"

#include <optional>

namespace vmacheck {

class TestChecker : public PropertyChecker<Plain> {
public:
    void check_step(const World<Plain>&, const Op<Plain>& op, Report& report) override {
        ++steps;
        if (broken_by && op.kind == *broken_by) report.add(Violation{"no-step", "was called"});
        if (assertion_in && op.kind == *assertion_in) internal_assertion_failed("an assumption of the test");
    }
    void start_from(const World<Plain>&) override {}
    void check_contracts(const World<Plain>&, const Op<Plain>&, Report&) override {}
    void check_all(const World<Plain>&, Report& report) override {
        if (++whole == broken_at) report.add(Violation{"no-state", "was checked"});
    }

    std::optional<OpKind> broken_by;     // a step of this kind breaks a property
    std::optional<OpKind> assertion_in;  // a step of this kind breaks an assumption
    int broken_at = 0;                   // so does the state that is checked as a whole for the n-th time
    int steps = 0;
    int whole = 0;
};

}  // namespace vmacheck
