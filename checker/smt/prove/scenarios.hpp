// The start states that a proof goes through, without numbers: what the VMAs of a neighbourhood are, and which operation
// meets them. PROOF.md says why these are enough.
#pragma once

#include "checker/smt/prove/neighbourhood.hpp"

namespace vmacheck::prove {

enum class Scope : std::uint8_t {
    small,  // each operation, the commonest attributes: seconds
    whole,  // all of them
};

// In a fixed order. Faults and profile are those of the model to prove.
std::vector<Scenario> scenarios(Scope scope, const Profile& profile, FaultSet faults);

}  // namespace vmacheck::prove
