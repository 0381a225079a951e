// One case of a random campaign: which limits hold, which operations are drawn and how often, in which phases.
//
// RapidCheck's generators choose the plan; the operations themselves come from RandomOps, which looks at the World and
// draws some millions a second.
//
// Seeds: with mix the output function of splitmix64 and g = 0x9e3779b97f4a7c15, case n (from 0) of a campaign with seed
// s has the seed mix(mix(s + g) + (n + 1) * g). RapidCheck starts from that number, RandomOps from mix of it.
#pragma once

#include "checker/random/limits.hpp"
#include "checker/random/random_ops.hpp"
#include "model/state/setup.hpp"

#include <vector>

namespace vmacheck {

// Steps that draw operations in one way.
struct Phase {
    OpMix mix;
    unsigned steps = 0;  // at least 1
};

struct CasePlan {
    std::uint64_t seed = 0;
    Parameters parameters;
    std::vector<ProcessSpec> layout;  // that it starts from; empty: one process without mappings
    unsigned window = 0;              // pages
    std::vector<Phase> phases;        // taken in turn, and again from the first; never empty
};

std::uint64_t case_seed(std::uint64_t seed, std::uint64_t number);
CasePlan plan_case(std::uint64_t seed, std::uint64_t number, const RandomLimits& limits);

}  // namespace vmacheck
