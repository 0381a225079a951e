// One transition, with every check that there is.
#pragma once

#include "checker/exhaustive/canonical.hpp"
#include "model/op/op.hpp"
#include "properties/run/property_checker.hpp"

namespace vmacheck {

// Performs the call and adds what is wrong with it, or with the state it leads to. Where the form finds a link, a cache
// or a counter that is not what the rest determines, some property must say so too. An assumption of the model that
// breaks is reported like a property. Whether the call was performed, and can be undone.
bool check_transition(World<Plain>& world, const Op<Plain>& op, PropertyChecker<Plain>& checker, CanonicalForm& form,
                      Report& report);

}  // namespace vmacheck
