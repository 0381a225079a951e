// Does the canonical form leave out only what no property and no transition can distinguish?
//
// Three searches of a scope to a depth are compared: one that distinguishes Worlds by everything they consist of
// (World::flatten: ids, generations, tree shapes, counters), one over canonical states with tree shapes, and one over
// canonical states. At each depth the canonical forms of the states reached must be the same sets, and so must the
// coverage cells; with each fault on, the first depth at which a property breaks.
//
// The unreduced states differ without end (ids are used up), so this is a test of small scopes to a depth, not a proof.
#pragma once

#include "checker/exhaustive/search.hpp"

#include <functional>
#include <string>

namespace vmacheck {

// Says line by line what was compared. Returns what differs, or nothing.
std::string check_reduction(const Scope& scope, const ExploreOptions& options,
                            const std::function<void(const std::string&)>& report);

// One comparison, of the scope as it is. `depth`: calls.
struct ReductionComparison {
    std::uint64_t unreduced = 0;  // states by everything they consist of
    std::uint64_t shaped = 0;     // canonical states with tree shapes
    std::uint64_t reduced = 0;    // canonical states, or orbits
    std::uint64_t broken_at = 0;  // depth at which a property breaks, 0: it does not
    std::string difference;       // empty: none
};
// `orbits`: of the search over canonical states, the states are orbits (symmetry.hpp), and all are compared by these.
ReductionComparison compare_reductions(const Scope& scope, std::uint64_t depth, std::uint64_t most_states,
                                       bool orbits = false);

}  // namespace vmacheck
