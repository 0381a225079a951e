// What a report says, for messages of tests.
#pragma once

#include "properties/step/report.hpp"

#include <string>

namespace vmacheck {

inline std::string text_of(const Report& report) {
    std::string text;
    for (const Violation& each : report.violations()) text += each.property + ": " + each.text + "\n";
    return text;
}
}  // namespace vmacheck
