// Assignments near one that is known: what a solver is asked is mostly one decision of a run turned around, and most of
// those turn with one or two of the run's numbers changed a little. That is tried before the solver; it finds
// assignments or nothing, and never says that there are none.
#pragma once

#include "checker/smt/query.hpp"

#include <optional>

namespace vmacheck::smt {

// An assignment that satisfies the query, whose last assertion is `last`: from `near`, which satisfies the rest, with
// one number changed at a time, at most so many times, each time so that the first thing that does not hold just holds.
// Adds the steps it took to units.
std::optional<std::vector<std::int64_t>> find_near(const Query& query, const Constraint& last,
                                                   const std::vector<std::int64_t>& near, unsigned tries,
                                                   std::uint64_t& units);

}  // namespace vmacheck::smt
