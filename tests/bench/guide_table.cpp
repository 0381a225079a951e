// Random, guided and both: how many steps, and how much time on one core, each needs to the cells of the coverage grid.
//
//   vmacheck_guide_table [OPS [SEED]]           a table, then a line a cell: steps and seconds of each
//   vmacheck_guide_table scopes [OPS [SEED]]    a table: within each built-in scope, steps and seconds until all is
//                                               reached that `explore` finds there to be reachable
//
// Both tables stand in checker/smt/README.md.
//
// The three are one engine: random cases alone, solved neighbours with random cases only where nothing is left to turn
// around, and both in turn. Time is that of the processor, so that it says the same on a busy machine.
#include "checker/coverage/grid.hpp"
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/search.hpp"
#include "checker/smt/guide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace vmacheck;

struct Reached {
    std::uint64_t steps = 0;
    double seconds = 0;
};
using Table = std::map<std::string, Reached>;

double seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

struct Run {
    std::string name;
    Table cells;
    std::uint64_t steps = 0;
    double seconds = 0;
    smt::SolverCounts solver;
};

Run measure(const std::string& name, bool solve, bool draw, std::uint64_t ops, std::uint64_t seed) {
    smt::GuideOptions options;
    options.seed = seed;
    options.ops = ops;
    options.solve = solve;
    options.draw = draw;
    Run run;
    run.name = name;
    const double start = seconds();
    Coverage seen;
    options.after_round = [&](const smt::GuideResult& now) {
        if (now.coverage == seen) return;
        seen = now.coverage;
        for (const auto& [cell, count] : cell_counts(seen))
            run.cells.try_emplace(cell, Reached{now.steps, seconds() - start});
    };
    const smt::GuideResult result = smt::run_guide(options);
    run.steps = result.steps;
    run.seconds = seconds() - start;
    run.solver = result.solver;
    return run;
}

void print_summary(const std::vector<Run>& runs, std::uint64_t ops) {
    fmt::print("| cells reached after | random | guided | both |\n| --- | --- | --- | --- |\n");
    for (std::uint64_t limit = ops / 64; limit <= ops; limit *= 2) {
        fmt::print("| {} steps |", limit);
        for (const Run& run : runs) {
            std::size_t cells = 0;
            double last = 0;
            for (const auto& [cell, reached] : run.cells) {
                if (reached.steps > limit) continue;
                ++cells;
                last = std::max(last, reached.seconds);
            }
            fmt::print(" {} ({:.1f} s) |", cells, last);
        }
        fmt::print("\n");
    }
    for (const Run& run : runs)
        fmt::print("{}: {} steps in {:.1f} s, {} solver answers, {} without Z3\n", run.name, run.steps, run.seconds,
                   run.solver.queries, run.solver.by_order + run.solver.nearby);
}

void print_cells(const std::vector<Run>& runs) {
    for (const Cell& cell : fill_grid({}).cells) {
        if (cell.state == CellState::unreachable) continue;
        std::string line = cell.name;
        for (const Run& run : runs) {
            const auto at = run.cells.find(cell.name);
            line += at == run.cells.end() ? " -" : fmt::format(" {}/{:.2f}s", at->second.steps, at->second.seconds);
        }
        fmt::print("{}\n", line);
    }
}

void print_scope(const ScopeInfo& info, std::uint64_t ops, std::uint64_t seed) {
    const Scope scope = built_in_scope(info.name, 0).value();
    const double start = seconds();
    const ExploreResult explored = Search(scope, {}).run();
    const double explore_s = seconds() - start;
    std::size_t cells = 0;
    for (ReachTable::Cell cell = 0; cell < explored.reach.cells(); ++cell)
        cells += explored.reach.count(cell) != 0 ? 1 : 0;
    fmt::print("| `{}` | {} | {} | {} ({:.1f} s) |", info.name, info.pages, cells, explored.counts.transitions,
               explore_s);
    for (const auto& [solve, draw] : {std::pair{false, true}, {true, false}, {true, true}}) {
        smt::GuideOptions options;
        options.scope = scope;
        options.setup = scope.setup;
        options.seed = seed;
        options.ops = ops;
        options.solve = solve;
        options.draw = draw;
        options.enough_cells = cells;
        const double from = seconds();
        const smt::GuideResult result = smt::run_guide(options);
        const std::size_t reached = result.reach->reached();
        fmt::print(" {}{} ({:.1f} s) |", reached < cells ? fmt::format("{} cells in ", reached) : "", result.steps,
                   seconds() - from);
    }
    fmt::print("\n");
}

void print_scopes(std::uint64_t ops, std::uint64_t seed) {
    fmt::print(
        "| scope | pages | cells | explore: transitions | random: steps | guided: steps | both: steps |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n");
    for (const ScopeInfo& each : built_in_scopes()) print_scope(each, ops, seed);
}

std::uint64_t number(int argc, char** argv, int at, std::uint64_t otherwise) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string(argv[1]) == "scopes") {
        print_scopes(number(argc, argv, 2, 4'000'000), number(argc, argv, 3, 1));
        return 0;
    }
    const std::uint64_t ops = number(argc, argv, 1, 1'000'000);
    const std::uint64_t seed = number(argc, argv, 2, 1);
    const std::vector<Run> runs{measure("random", false, true, ops, seed), measure("guided", true, false, ops, seed),
                                measure("both", true, true, ops, seed)};
    print_summary(runs, ops);
    print_cells(runs);
    return 0;
}
