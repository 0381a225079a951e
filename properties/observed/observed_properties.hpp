// The properties of observations: what must hold of what any subject shows of itself.
#pragma once

#include "model/state/observation.hpp"
#include "properties/step/report.hpp"

#include <span>

namespace vmacheck {

// What there is, in order.
std::span<const PropertyInfo> observed_properties();

// Checks all of them. Reports nothing about what is not shown.
void check_observation(const Observation& observation, Report& report);

}  // namespace vmacheck
