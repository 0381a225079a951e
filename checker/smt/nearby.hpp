// Assignments near a given one. A query is mostly one negated branch condition of a run, and changing one or two numbers
// of the run a little mostly satisfies it. That is tried before the solver; it finds an assignment or nothing, and
// never proves that there is none.
#pragma once

#include "checker/smt/query.hpp"

#include <optional>

namespace vmacheck::smt {

// An assignment that satisfies the query, whose last assertion is `last`: from `near`, which satisfies the rest, with
// one number changed at a time, at most so many times, each time so that the first violated constraint just holds.
// Adds the steps it took to units.
std::optional<std::vector<std::int64_t>> find_near(const Query& query, const Constraint& last,
                                                   const std::vector<std::int64_t>& near, unsigned tries,
                                                   std::uint64_t& units);

}  // namespace vmacheck::smt
