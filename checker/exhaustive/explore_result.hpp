// What a search of a scope found, and what it took.
#pragma once

#include "checker/coverage/reach_table.hpp"
#include "checker/exhaustive/expander.hpp"
#include "checker/run/finding.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

struct LevelCounts {
    std::uint64_t states = 0;       // that were found at this depth
    std::uint64_t transitions = 0;  // out of them; 0 until they were worked through
    friend bool operator==(const LevelCounts&, const LevelCounts&) = default;
};

// What a search took of one rank.
struct RankCosts {
    std::uint64_t states = 0;            // whose keys it owns
    std::uint64_t bytes = 0;             // that states took there, at most
    std::uint64_t round_bytes = 0;       // that the states of a round took on their way, at most
    std::uint64_t sent_bytes = 0;        // to other ranks
    std::uint64_t most_batch_bytes = 0;  // to one rank at a time
    std::uint64_t waited_ms = 0;         // for other ranks, transfers included
    std::uint64_t worked_ms = 0;         // of its processor, outside of that
};

struct ExploreResult {
    bool complete = false;     // every state was worked through
    std::string stopped_by;    // which limit, if one did: "states", "memory", "depth", "time", "signal"
    std::uint64_t states = 0;  // found, those of the level in progress included; with a finding, of those before it
    SearchCounts counts;
    std::vector<LevelCounts> levels;  // the starting state's first
    ReachTable reach;
    std::optional<Finding> finding;  // a shortest trace; its origin's number: the packed transition that broke it
    std::uint64_t digest = 0;  // over the states of finished levels in their order, their predecessors, and all counts
    std::uint64_t bytes = 0;   // that states take; more or less on a run that was interrupted, and with ranks
    double omission = 0;       // hash-compact: probability that some state was taken for another
    std::uint64_t resumed_levels = 0;
    std::vector<RankCosts> ranks;  // empty: a search of one process

    [[nodiscard]] std::uint64_t depth() const { return levels.empty() ? 0 : levels.size() - 1; }
    // Calls on a shortest path to a state.
    [[nodiscard]] std::uint64_t depth_of(StateNumber state) const;
};

// Over the states of the finished levels, which `states` is the digest of, and all that was counted.
std::uint64_t digest_of(const ExploreResult& result, std::uint64_t states);

// Of the transition that broke these properties. The trace, which ends with it, expects the violation when it is replayed.
Finding finding_of(const Scope& scope, Predecessor transition, std::vector<Violation> violations, Trace trace);

}  // namespace vmacheck
