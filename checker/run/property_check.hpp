// The property catalogue as a check of a replay.
#pragma once

#include "checker/run/replay.hpp"

namespace vmacheck {

// All properties: a full sweep of the first state and of the last, and after each step what the step could have
// affected.
PropertyCheck check_all_properties();

}  // namespace vmacheck
