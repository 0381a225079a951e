// What exploring a scope will take, judged by the same scope with fewer pages.
#pragma once

#include "checker/exhaustive/search.hpp"

#include <functional>
#include <optional>

namespace vmacheck {

struct Estimate {
    double states = 0;
    double transitions = 0;
    double bytes = 0;
    double seconds = 0;
    std::string basis;  // "from 2, 3 and 4 pages"
};

// Explores the scope's smaller siblings, each for so many seconds at most, and extrapolates: ratios of neighbouring
// sizes, and how these ratios change. `with_pages` gives the sibling with so many pages, or throws std::runtime_error
// where there is none: the scope of a file may need more. Nothing for scopes that are small, and where a
// smaller one breaks a property. Times are measured; nothing that must be the same on every run depends on them.
std::optional<Estimate> estimate_search(const Scope& scope, const ExploreOptions& options,
                                        const std::function<Scope(unsigned)>& with_pages, double seconds = 1);

// The same of a search with ranks: what is on each of them. checker/exhaustive/MPI.md has the model, and what was measured.
struct RankEstimate {
    unsigned ranks = 1;
    double states = 0;       // that a rank owns, on average
    double most_states = 0;  // on the rank with most
    double bytes = 0;        // that states take there
    double batch_bytes = 0;  // from one rank to another in one exchange
    double seconds = 0;      // of all
};
// `calls`: of the scope.
RankEstimate estimate_ranks(const Estimate& estimate, std::size_t calls, unsigned ranks);

}  // namespace vmacheck
