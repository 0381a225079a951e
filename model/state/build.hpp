// Worlds described from outside: the starting layout of a trace, a state taken from a recording, the start of a proof.
#pragma once

#include "model/state/state_spec.hpp"
#include "model/state/world.hpp"

#include <optional>
#include <string>

namespace vmacheck {

// A World in the described state: counters, trees and reference counts follow from the VMAs. Nothing is present in page
// tables. Returns what is wrong with the description (VMAs unsorted, overlapping, a file that is not open ...), or
// nothing and the World in *out.
template <class D>
std::optional<std::string> build_world(World<D>& out, const StateSpec& state);

}  // namespace vmacheck
