// Worlds described from outside: the starting layout of a trace, a state taken from a recording, the start of a proof.
#pragma once

#include "model/state/setup.hpp"
#include "model/state/world.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace vmacheck {

// A World in the described state: counters, trees and reference counts follow from the VMAs. Nothing is present in page
// tables. Returns what is wrong with the description (VMAs unsorted, overlapping, a file that is not open ...), or
// nothing and the World in *out.
template <class D>
std::optional<std::string> build_world(World<D>& out, const StateSpec& state);

// A setup no World can be made of: an unknown profile or fault, a layout that cannot be built. what() is one line.
class SetupError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The World that a setup describes: the one way to start a run. Throws SetupError.
template <class D>
std::unique_ptr<World<D>> make_world(const Setup& setup);

// The parts of it. Throw SetupError.
const Profile& profile_of(const Setup& setup);
FaultSet faults_of(const Setup& setup);  // the named ones, and with `shipped` those of the profile

}  // namespace vmacheck
