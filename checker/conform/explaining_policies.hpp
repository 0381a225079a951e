// Which policy explains a difference between the model and a subject.
#pragma once

#include "checker/subject/subject.hpp"
#include "traces/format/trace.hpp"

#include <string>
#include <vector>

namespace vmacheck {

// The values, "account-dropped=yes", with one of which set over the profile of the trace the model does what the subject
// does, in every result and in all that is shown at the end. Throws SubjectLost.
std::vector<std::string> explaining_policies(const Trace& trace, Subject& subject);

}  // namespace vmacheck
