// Commands on a trace, as reports propose them.
#pragma once

#include "model/state/setup.hpp"

#include <string>
#include <string_view>

namespace vmacheck {

// "./vmacheck VERB PATH", with the properties from outside that this program has loaded: without them what they found
// would not be found again.
std::string trace_command(std::string_view verb, const std::string& path);

// " --profile v5.10 --faults '' --shipped off": its options for the model of a campaign, whatever the trace says.
std::string model_arguments_of(const Setup& setup);

}  // namespace vmacheck
