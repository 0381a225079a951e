// Goal-directed search: a shortest trace to a cell of the coverage grid.
//
// By number of operations, one level after the other: every path of every sequence of operations of a small declared
// space (reach_space.hpp), their addresses and lengths left to the solver. An operation before the last that changes
// nothing is not followed: without it there is a shorter trace, which the level before has covered.
#pragma once

#include "checker/smt/reach_space.hpp"
#include "checker/smt/solver.hpp"
#include "traces/format/trace.hpp"

#include <atomic>

namespace vmacheck::smt {

struct ReachOptions {
    Setup setup;                              // profile, faults and shipped; the space has the parameters
    unsigned within = 4;                      // operations, at most
    std::uint64_t ops = 3'000'000;            // budget: operations performed
    std::uint64_t units = 0;                  // budget of the solver, 0: none
    std::string dump_dir;                     // of questions to the solver
    const std::atomic<bool>* stop = nullptr;  // true: a budget is taken for spent
};

enum class Reachability : std::uint8_t {
    reached,
    unreachable,  // no path of any sequence of the space up to `within` operations reaches it
    undecided,    // a budget was spent, or the solver gave up, before the level was done
};
std::string_view name(Reachability answer);

struct ReachResult {
    Reachability answer = Reachability::undecided;
    Trace trace;           // of what was reached: results stated
    std::string cell;      // that was reached
    bool shortest = true;  // every shorter one was ruled out
    bool stopped = false;  // before it was decided
    unsigned decided = 0;  // levels that were looked at to their end
    std::uint64_t paths = 0;
    std::uint64_t steps = 0;  // operations performed
    SolverCounts solver;
};

ReachResult reach(const Goal& goal, const ReachSpace& space, const ReachOptions& options);

}  // namespace vmacheck::smt
