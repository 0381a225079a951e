// Guided exploration: finds states that random operations rarely reach. Random cases, as the random engine draws them,
// alternate with concolic runs: where a case reaches something new, its last operations become a seed. A seed is run
// on traced numbers, the solver negates its branch conditions one by one, and each solution is performed. What reaches
// something new becomes a seed too, and is extended with random operations.
//
// A trace is new if it reaches a cell of the coverage grid, or if a step of it passes a sequence of events that no step
// has passed before; seeds of the first kind come first. Branch conditions that were negated without a gain in other
// traces are skipped. Three steps in four are random ones.
//
// With a scope, random operations are the scope's calls (guide_source.hpp), and the cells are those of `explore`.
//
// Deterministic: a session depends on its options and its number alone.
#pragma once

#include "checker/coverage/coverage.hpp"
#include "checker/coverage/reach_table.hpp"
#include "checker/exhaustive/scope.hpp"
#include "checker/random/case.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/progress.hpp"
#include "checker/smt/solver.hpp"
#include "model/state/outcome.hpp"
#include "traces/format/trace.hpp"

#include <atomic>
#include <functional>
#include <optional>

namespace vmacheck::smt {

struct GuideResult;

struct GuideOptions {
    Setup setup;  // profile, faults and shipped; the rest is chosen case by case
    std::uint64_t seed = 1;
    std::uint64_t session = 0;    // sessions of one seed begin with different random traces
    std::uint64_t ops = 200'000;  // budget: operations performed on plain numbers
    std::uint64_t units = 0;      // budget of the solver in all, 0: none
    unsigned case_steps = 250;    // of a random case
    unsigned case_ops = 8;        // so many of its last operations become a seed, and up to as many more
    unsigned longest = 24;        // operations that are run on traced numbers
    bool solve = true;            // false: random cases alone
    bool draw = true;             // false: random cases only where no seed is left
    RandomLimits limits;
    std::optional<Scope> scope;    // instead of the random engine's cases; its setup counts
    std::size_t enough_cells = 0;  // with a scope: the session ends where so many are reached; 0: at the budget
    std::string dump_dir;
    const std::atomic<bool>* stop = nullptr;              // where it becomes true, no trace is begun any more
    std::function<void(const GuideResult&)> after_round;  // for measurements: the result so far
};

struct GuideResult {
    std::uint64_t steps = 0;        // on plain numbers, each with every property after it
    std::uint64_t traced = 0;       // operations on traced numbers, not among the steps
    std::uint64_t cases = 0;        // traces performed
    std::uint64_t solved = 0;       // of them, with numbers from the solver
    std::uint64_t kept = 0;         // traces that reached something new
    std::uint64_t untraceable = 0;  // traces that were not run on traced numbers
    SolverCounts solver;
    Coverage coverage;
    std::optional<ReachTable> reach;  // with a scope: its transitions are the steps, numbered from 1
    std::uint64_t digest = 0;
    std::optional<Finding> found;  // the session ends with it; its origin's number: the session
    bool complete = false;         // it came to its end; otherwise it was stopped
};

// Calls `progress`, if there is one, after each round.
GuideResult run_guide(const GuideOptions& options, const OnProgress& progress = {});

}  // namespace vmacheck::smt
