// Level-synchronous breadth-first search over the states of a scope.
//
// A level is worked through in rounds of states in number order; within a round threads take states as they come. What
// is counted, found and numbered does not depend on the number of threads: sums are sums, the first of anything is the
// smallest transition, and states are numbered at the end of their level by their smallest predecessor.
//
// The search ends at the level in which a property broke. States beyond the smallest transition that broke one are not
// worked through any more, those before it are, so the transition reported is always the same, and no shorter path
// leads to a broken property.
#pragma once

#include "checker/exhaustive/expander.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/progress.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

struct ExploreLimits {
    std::uint64_t states = 0;                 // 0: none, and so are the following
    std::uint64_t bytes = 0;                  // that states take (StateStore::bytes)
    std::uint64_t depth = 0;                  // calls
    double seconds = 0;                       // outside of what is the same on every run
    const std::atomic<bool>* stop = nullptr;  // so is this: true where the search is to end
};

struct ExploreOptions {
    unsigned jobs = 1;
    ExpandOptions expand;
    ExploreLimits limits;
    std::string store;  // directory of level files; empty: none are kept
};

struct LevelCounts {
    std::uint64_t states = 0;       // that were found at this depth
    std::uint64_t transitions = 0;  // out of them; 0 until they were worked through
    friend bool operator==(const LevelCounts&, const LevelCounts&) = default;
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
    std::uint64_t bytes = 0;   // that states take; more or less on a run that was interrupted
    double omission = 0;       // hash-compact: probability that some state was taken for another
    std::uint64_t resumed_levels = 0;

    [[nodiscard]] std::uint64_t depth() const { return levels.empty() ? 0 : levels.size() - 1; }
};

class LevelFiles;

class Search {
public:
    // Throws std::runtime_error if the scope's starting state cannot be built.
    Search(Scope scope, const ExploreOptions& options);
    ~Search();

    // Throws StoreError (level_files.hpp) if level files cannot be read or written.
    ExploreResult run(const OnProgress& progress = {});

    [[nodiscard]] const Scope& scope() const { return scope_; }
    [[nodiscard]] const std::vector<ScopeOp>& ops() const { return ops_; }
    [[nodiscard]] const StateStore& store() const { return *store_; }
    [[nodiscard]] const ExploreOptions& options() const { return options_; }
    // The trace that ends with a transition.
    [[nodiscard]] Trace trace_to(Predecessor transition) const;

private:
    void start(ExploreResult& result);
    bool run_level(ExploreResult& result, const OnProgress& progress);
    void run_round(StateNumber begin, StateNumber end);
    void run_part(StateNumber begin, StateNumber end);
    [[nodiscard]] std::uint64_t bound() const;
    [[nodiscard]] Finding finding(Predecessor transition, std::vector<Violation> violations, Trace trace) const;
    void merge_counts(ExploreResult& result, SearchCounts& level);
    void conclude(ExploreResult& result);
    [[nodiscard]] std::string limit_met(const ExploreResult& result) const;
    [[nodiscard]] std::uint64_t round_states() const;
    [[nodiscard]] std::uint64_t part_states() const;

    Scope scope_;
    ExploreOptions options_;
    std::vector<ScopeOp> ops_;
    std::unique_ptr<StateStore> store_;
    std::unique_ptr<LevelFiles> files_;  // while it runs, if they are kept
    std::vector<std::unique_ptr<Expander>> expanders_;
    std::vector<SearchCounts> counted_;  // of each expander, up to the last level
    std::uint64_t digest_ = 0;
    std::chrono::steady_clock::time_point begun_;
};

}  // namespace vmacheck
