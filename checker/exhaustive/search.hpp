// Level-synchronous breadth-first search over the states of a scope.
//
// A level is worked through in rounds of states in number order; within a round threads take states as they come. What
// is counted, found and numbered does not depend on the number of threads: sums are sums, the first of anything is the
// smallest transition, and states are numbered at the end of their level by their smallest predecessor.
//
// The search ends at the level in which a property broke. States beyond the smallest transition that broke one are not
// worked through any more, those before it are, so the transition reported is always the same, and no shorter path
// leads to a broken property.
//
// With ranks (ranks.hpp) several processes do the same together: each works through its share of every round, and states
// are spread over them (spread_states.hpp). All ranks know the same counts and limits, and so end at the same place. Rank 0
// alone has the digest and the level files.
#pragma once

#include "checker/exhaustive/expander.hpp"
#include "checker/exhaustive/explore_result.hpp"
#include "checker/exhaustive/spread_states.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/progress.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct ExploreLimits {
    std::uint64_t states = 0;                 // 0: none, and so are the following
    std::uint64_t bytes = 0;                  // that states take (StateStore::bytes)
    std::uint64_t depth = 0;                  // calls
    double seconds = 0;                       // outside of what is the same on every run
    const std::atomic<bool>* stop = nullptr;  // so is this: true where the search is to end
};

// How far a search is, between two rounds.
struct SearchSoFar {
    std::uint64_t states = 0;  // found
    std::uint64_t transitions = 0;
    std::uint64_t depth = 0;
};

struct ExploreOptions {
    unsigned jobs = 1;
    ExpandOptions expand;
    ExploreLimits limits;
    std::function<void(const SearchSoFar&)> watch;  // called in the thread of run()
    std::string store;                              // directory of level files; empty: none are kept
    Ranks* ranks = nullptr;  // that search together, this one among them; nullptr: this process alone
};

class LevelBytes;
class LevelFiles;

class Search {
public:
    // Throws std::runtime_error if the scope's starting state cannot be built.
    Search(Scope scope, const ExploreOptions& options);
    ~Search();

    // Throws StoreError (level_files.hpp) if level files cannot be read or written; with ranks also what another rank
    // threw.
    ExploreResult run(const OnProgress& progress = {});

    [[nodiscard]] const Scope& scope() const { return scope_; }
    [[nodiscard]] const std::vector<ScopeOp>& ops() const { return ops_; }
    [[nodiscard]] const StateStore& store() const { return *store_; }
    [[nodiscard]] const ExploreOptions& options() const { return options_; }
    // The trace that ends with a transition. With ranks: with the first one of a cell.
    [[nodiscard]] Trace trace_to(Predecessor transition) const;

private:
    ExploreResult run_all(const OnProgress& progress);
    void start(ExploreResult& result);
    void resume(ExploreResult& result);
    void load_level(std::size_t level, StateNumber begin, StateNumber end);
    bool run_level(ExploreResult& result, const OnProgress& progress);
    void run_round(StateNumber begin, StateNumber end);
    void run_part(StateNumber begin, StateNumber end);
    [[nodiscard]] std::uint64_t bound() const;
    [[nodiscard]] Trace trace_of(const std::vector<std::uint32_t>& calls, std::uint32_t last) const;
    void merge_counts(ExploreResult& result, SearchCounts& level);
    void begin_level(std::size_t level);
    void number_level(const std::function<void(std::string_view)>& f);
    void conclude(ExploreResult& result);
    [[nodiscard]] std::string limit_met(const ExploreResult& result);
    [[nodiscard]] std::uint64_t round_states() const;
    [[nodiscard]] std::uint64_t part_states() const;
    [[nodiscard]] StateStore& inbox() { return spread_ ? spread_->outbox() : *store_; }
    [[nodiscard]] const Links& links() const { return spread_ ? spread_->paths().links() : store_->links(); }
    [[nodiscard]] std::uint64_t found() const {
        return spread_ ? spread_->found() : store_->finished() + store_->provisional();
    }
    [[nodiscard]] std::uint64_t found_in_level() const {
        return spread_ ? spread_->found_in_level() : store_->provisional();
    }
    // With ranks:
    void end_spread_round(bool loaded);
    void leave_states();
    void find_paths(const ExploreResult& result);
    [[nodiscard]] RankCosts costs() const;
    [[nodiscard]] std::string identity() const;

    Scope scope_;
    ExploreOptions options_;
    std::vector<ScopeOp> ops_;
    std::unique_ptr<StateStore> store_;
    std::unique_ptr<SpreadStates> spread_;  // with ranks
    std::unique_ptr<LevelFiles> files_;     // while it runs, if they are kept
    std::vector<std::unique_ptr<Expander>> expanders_;
    std::vector<SearchCounts> counted_;  // of each expander, up to the last level
    std::uint64_t digest_ = 0;
    std::uint64_t most_bytes_ = 0;                             // that states took here
    std::size_t level_ = 0;                                    // that is being found
    std::unique_ptr<LevelBytes> level_bytes_;                  // with ranks: of that level
    ReachTable reach_;                                         // with ranks: this one's part
    std::map<StateNumber, std::vector<std::uint32_t>> paths_;  // with ranks: to states that a trace may be wanted of
    std::chrono::steady_clock::time_point begun_;
};

}  // namespace vmacheck
