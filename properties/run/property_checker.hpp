// Checks properties on a World. group_checker.hpp makes one of groups of properties; catalogue.hpp makes the one of
// all.
#pragma once

#include "model/op/op.hpp"
#include "model/state/world_fwd.hpp"
#include "properties/step/report.hpp"

namespace vmacheck {

template <class D>
class PropertyChecker {
public:
    virtual ~PropertyChecker() = default;
    // After world.apply(op). Violations the model itself met are reported too.
    virtual void check_step(const World<D>& world, const Op<D>& op, Report& report) = 0;
    // The steps that check_contracts() is asked about from now on start from this World as it is: what they have in common
    // is worked out here.
    virtual void start_from(const World<D>& world) = 0;
    // The part of check_step() that is about the step itself and not about the World it leads to: contracts and refinement.
    virtual void check_contracts(const World<D>& world, const Op<D>& op, Report& report) = 0;
    // Everything that can be said of a World as it stands.
    virtual void check_all(const World<D>& world, Report& report) = 0;
};

}  // namespace vmacheck
