// Guided exploration: what chance does not meet. Random cases, as the random engine draws them, alternate with runs on
// traced numbers: where a case reaches something new, its last operations are kept; each decision that the model made
// about their numbers is turned around by the solver; what that reaches anew is kept too, and handed back to the random
// engine, which goes on from there.
//
// A trace is kept if it reaches a cell of the coverage grid, or if a step of it passes a sequence of events that no
// step has passed before; the former come first. Decisions that were turned around in vain in other traces are left
// alone. Three steps in four are random ones.
//
// With a scope, random operations are the scope's calls (guide_source.hpp), and the cells are those of `explore`.
//
// Deterministic: a session depends on its options and its number alone.
#pragma once

#include "checker/coverage/coverage.hpp"
#include "checker/coverage/reach_table.hpp"
#include "checker/exhaustive/scope.hpp"
#include "checker/random/case.hpp"
#include "checker/smt/solver.hpp"
#include "model/state/outcome.hpp"
#include "traces/format/trace.hpp"

#include <atomic>
#include <functional>
#include <optional>

namespace vmacheck::smt {

struct GuideOptions {
    TraceHeader model;  // profile, faults and shipped; the rest is chosen case by case
    std::uint64_t seed = 1;
    std::uint64_t session = 0;    // sessions of one seed begin with different random traces
    std::uint64_t ops = 200'000;  // budget: operations performed on plain numbers
    std::uint64_t units = 0;      // budget of the solver in all, 0: none
    unsigned case_steps = 250;    // of a random case
    unsigned case_ops = 8;        // so many of its last operations are kept, and up to as many more
    unsigned longest = 24;        // operations that are run on traced numbers
    bool solve = true;            // false: random cases alone
    bool draw = true;             // false: random cases only where nothing is kept
    RandomLimits limits;
    std::optional<Scope> scope;    // instead of the random engine's cases; it has a model of its own
    std::size_t enough_cells = 0;  // with a scope: the session ends where so many are reached; 0: at the budget
    std::string dump_dir;
    const std::atomic<bool>* stop = nullptr;  // where it becomes true, no trace is begun any more
};

// A trace that broke a property.
struct GuideFound {
    Trace trace;
    Violation violation;
    bool at_end = false;  // only the full sweep after the last step saw it
};

struct GuideResult {
    std::uint64_t steps = 0;   // on plain numbers, each with every property after it
    std::uint64_t traced = 0;  // operations on traced numbers besides
    std::uint64_t cases = 0;   // traces performed
    std::uint64_t solved = 0;  // of them, with numbers from the solver
    std::uint64_t kept = 0;
    std::uint64_t untraceable = 0;  // traces that were not run on traced numbers
    SolverCounts solver;
    Coverage coverage;
    std::optional<ReachTable> reach;  // with a scope: its transitions are the steps, numbered from 1
    std::uint64_t digest = 0;
    std::optional<GuideFound> found;  // the session ends with it
    bool complete = false;            // it came to its end; otherwise it was stopped
};

// Called for people, after each round: steps so far.
using GuideProgress = std::function<void(const GuideResult&)>;

GuideResult run_guide(const GuideOptions& options, const GuideProgress& progress = {});

}  // namespace vmacheck::smt
