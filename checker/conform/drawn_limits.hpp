// Limits, capabilities and sysctls for a subject that takes them as they are wanted (Capabilities::takes_limits): a kernel's
// checks of limits and the ends of the address space are not reached with the defaults.
#pragma once

#include "checker/random/case.hpp"
#include "model/state/setup.hpp"

#include <cstdint>
#include <vector>

namespace vmacheck {

// The defaults of the format, but for what such a subject takes, which is as in `from`.
Parameters limits_of(const Parameters& from);

struct DrawnLimits {
    Parameters parameters;         // files, and limits_of what was drawn; half of the cases have the defaults
    std::uint64_t window_end = 0;  // page that addresses lie below: near an end of the address space; 0: as usual
};

// The defaults, and the files of the plan.
DrawnLimits usual_limits(const CasePlan& plan);
// Of a case, from its seed and from what its plan has drawn for the model. Hooks of its files fail in one case of eight:
// where a tree has a mistake in how it undoes a mapping, each such call ends the case.
DrawnLimits draw_limits(const CasePlan& plan);

// Setups to try in the place of this one, with fewer limits: first with none, then without each in turn.
std::vector<Parameters> with_fewer_limits(const Parameters& parameters);

}  // namespace vmacheck
