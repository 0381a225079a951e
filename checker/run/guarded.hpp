// The one place where a broken assumption of the model (InternalAssertion) becomes a finding.
#pragma once

#include "checker/run/finding.hpp"
#include "properties/step/property.hpp"

#include <string>

namespace vmacheck {

// Runs f. An assumption that breaks in it is reported like a violated property. False: one broke.
template <class F>
bool guarded(Report& report, F&& f) {
    try {
        f();
        return true;
    } catch (const InternalAssertion& assertion) {
        report.add(Violation{std::string(internal_assertion_name), assertion.what()});
        return false;
    }
}

}  // namespace vmacheck
