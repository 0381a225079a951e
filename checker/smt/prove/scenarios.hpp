// The start states that a proof goes through, without numbers: what the VMAs of a neighbourhood are, and which
// operation meets them. PROOF.md says why these are enough.
#pragma once

#include "checker/smt/prove/neighbourhood.hpp"

namespace vmacheck::prove {

enum class Scope : std::uint8_t {
    small,  // each operation, the commonest attributes: seconds
    whole,  // all of them
};

// Operations of one step, of mmap, split, munmap and brk, on every kind of VMA. In a fixed order. Faults and profile
// are those of the model to prove.
std::vector<Scenario> scenarios(Scope scope, const Profile& profile, FaultSet faults);

// Insertions and erasures at every place of every red-black tree, of up to 4 (small) or 8 nodes.
std::vector<Scenario> tree_scenarios(Scope scope, const Profile& profile, FaultSet faults);

// mmap where the kernel chooses, upwards and downwards, in every tree of up to 3 (small) or 6 nodes.
std::vector<Scenario> search_scenarios(Scope scope, const Profile& profile, FaultSet faults);

}  // namespace vmacheck::prove
