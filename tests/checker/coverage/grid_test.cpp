// The coverage grid: situations of merges as traces show them, and a table without gaps.
#include "checker/coverage/grid.hpp"

#include "checker/random/engine.hpp"
#include "checker/run/replay.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vmacheck {
namespace {

// The last merge of a trace.
MergeSituation last_merge(const std::string& trace_name) {
    const ReadResult read = read_trace_file(std::string(CORPUS_DIRECTORY) + "/merge/" + trace_name + ".jsonl");
    MergeSituation last;
    const auto* trace = std::get_if<Trace>(&read);
    if (trace == nullptr) return last;
    ReplayOptions options;
    options.observe = [&](const TraceStep& step, const World<Plain>& world, bool) {
        for (const MergeSituation& each : merge_situations(world, step.op)) last = each;
    };
    replay(*trace, options);
    return last;
}

TEST(MergeSituations, AreThoseOfTheTraces) {
    const std::vector<std::pair<std::string, MergeSituation>> expected{
        {"case1-unfaulted", {1, Joined::none, Backing::anon}},
        {"case1-both-faulted-same", {1, Joined::same, Backing::anon}},
        {"case1-next-faulted", {1, Joined::some, Backing::anon}},
        {"case1-prev-faulted", {1, Joined::some, Backing::anon}},
        {"case1-file", {1, Joined::none, Backing::file}},
        {"case2-unfaulted", {2, Joined::none, Backing::anon}},
        {"case2-faulted", {2, Joined::same, Backing::anon}},
        {"case2-brk", {2, Joined::none, Backing::anon}},
        {"case3-faulted", {3, Joined::same, Backing::anon}},
        {"case3-file", {3, Joined::none, Backing::file}},
        {"case4-unfaulted", {4, Joined::none, Backing::anon}},
        {"case4-both-faulted-same", {4, Joined::same, Backing::anon}},
        {"case5-both-faulted-same", {5, Joined::same, Backing::anon}},
        {"case5-file", {5, Joined::none, Backing::file}},
        {"case6-unfaulted", {6, Joined::none, Backing::anon}},
        {"case6-far-faulted", {6, Joined::some, Backing::anon}},
        {"case6-prev-faulted", {6, Joined::some, Backing::anon}},
        {"case6-ends-faulted-same", {6, Joined::some, Backing::anon}},
        {"case6-faulted", {6, Joined::same, Backing::anon}},
        {"case7-unfaulted", {7, Joined::none, Backing::anon}},
        {"case7-next-unfaulted", {7, Joined::same, Backing::anon}},
        {"case8-unfaulted", {8, Joined::none, Backing::anon}},
        {"case8-file", {8, Joined::none, Backing::file}},
    };
    for (const auto& [trace, situation] : expected) {
        const MergeSituation seen = last_merge(trace);
        EXPECT_EQ(seen.which, situation.which) << trace;
        EXPECT_EQ(name(seen.joined), name(situation.joined)) << trace;
        EXPECT_EQ(name(seen.backing), name(situation.backing)) << trace;
    }
}

TEST(Grid, CellsHaveNamesOfTheirOwnAndReasons) {
    const Grid grid = fill_grid({});
    std::set<std::string> names;
    for (const Cell& each : grid.cells) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_EQ(each.state == CellState::unreachable, !each.reason.empty()) << each.name;
    }
    EXPECT_EQ(grid.count(CellState::reached), 0u);
    EXPECT_EQ(grid.count(CellState::undeclared), 0u);
    EXPECT_GT(grid.reached_of("merge").second, 100u);
    EXPECT_EQ(names.count("errno/mmap/ENOMEM"), 1u);
    EXPECT_EQ(names.count("merge/6/anon/some/mprotect"), 1u);
}

TEST(Grid, ACellIsReachedOpenOrAStray) {
    const Grid grid =
        fill_grid({{"errno/munmap/ok", 3}, {"merge/6/anon/different/mprotect", 1}, {"errno/munmap/EXDEV", 2}});
    EXPECT_EQ(grid.count(CellState::reached), 1u);
    const auto undeclared = grid.in(CellState::undeclared);
    ASSERT_EQ(undeclared.size(), 2u);
    EXPECT_EQ(undeclared[0]->name, "merge/6/anon/different/mprotect");
    EXPECT_EQ(undeclared[0]->reason, "is_mergeable_anon_vma refuses two different anon_vmas");
    EXPECT_EQ(undeclared[1]->name, "errno/munmap/EXDEV");
    EXPECT_EQ(grid.reached_of("errno").first, 1u);
}

// The counts that the grid is filled from are those of the engine, and none falls outside the table.
TEST(Grid, RandomOperationsReachNoStray) {
    RandomOptions options;
    options.ops = 60'000;
    const RandomResult result = run_random(options);
    const CellCounts counts = cell_counts(result.coverage);
    const Grid grid = fill_grid(counts);
    for (const Cell* each : grid.in(CellState::undeclared)) ADD_FAILURE() << each->name << ": " << each->reason;
    EXPECT_EQ(grid.count(CellState::reached), counts.size());
    std::uint64_t outcomes = 0;
    for (const auto& [cell, count] : counts)
        if (cell.rfind("errno/", 0) == 0) outcomes += count;
    EXPECT_EQ(outcomes, options.ops);
    // Each case is merged as often as its event came.
    for (int which = 1; which <= 8; ++which) {
        std::uint64_t merges = 0;
        const std::string start = "merge/" + std::to_string(which) + "/";
        for (const auto& [cell, count] : counts)
            if (cell.rfind(start, 0) == 0) merges += count;
        const std::uint64_t events = counts.at("event/merge_case_" + std::to_string(which));
        EXPECT_LE(merges, events) << which;
        EXPECT_GT(merges * 100, events * 95) << which << ": some steps fault in between, but few";
    }
}

}  // namespace
}  // namespace vmacheck
