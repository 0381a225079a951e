// Which of the bugs that a profile's kernel was released with a subject has no more. A kernel tree that is maintained has
// fixes of later releases, and its number does not say which.
#pragma once

#include "checker/subject/subject.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct ShippedBugs {
    std::vector<std::string> present;  // names of faults, in the order of the table: those that it has, or may have
    std::vector<std::string> fixed;    // those of which it is known that it has them no more
};

// Performs the traces of these faults (FOLDER/NAME.jsonl), and compares with the model that has the bug and with the one
// that has not. A bug without a trace, or whose trace the subject cannot perform, or that does not show, counts as present.
ShippedBugs shipped_bugs(Subject& subject, std::string_view profile, const std::string& folder);

}  // namespace vmacheck
