// Which of the violations of one step is its headline: the one that says most of the mistake behind it.
//
// First what the model met on its way (a VM_BUG_ON, a freed object, an assertion inside it), since the step was
// abandoned there; then properties in catalogue order (catalogue_list.hpp); those from outside the tree come last.
#pragma once

#include "properties/step/report.hpp"

#include <vector>

namespace vmacheck {

// Sorts the violations so that the headline is the first. Those of one property keep their order.
void put_headline_first(std::vector<Violation>& violations);

}  // namespace vmacheck
