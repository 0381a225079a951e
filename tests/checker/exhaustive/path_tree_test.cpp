// Paths of states on their way from one rank to another.
#include "checker/exhaustive/path_tree.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

using Calls = std::vector<std::uint32_t>;

Calls calls_to_state(const PathTree& tree, StateNumber state) {
    return calls_to(tree.links(), tree.place_of(state));
}

TEST(PathTree, BeginsWithTheStartingState) {
    const PathTree tree;
    EXPECT_EQ(tree.place_of(0), 0u);
    EXPECT_THROW(static_cast<void>(tree.place_of(1)), InternalAssertion);
}

TEST(PathTree, ReadsTheRunsOfSeveralRanksInTheOrderOfTheirNumbers) {
    const PathTree start;
    PathWriter first(start);
    std::vector<Batch> batches(2);
    for (const std::uint32_t op : {3u, 300u, 70'000u}) first.add(0, op);
    first.end_run(batches[1], 1);
    first.add(0, 70'001);
    first.end_run(batches[0], 4);
    PathTree level;
    level.read(batches);
    EXPECT_EQ(calls_to_state(level, 1), Calls{3});
    EXPECT_EQ(calls_to_state(level, 3), Calls{70'000});
    EXPECT_EQ(calls_to_state(level, 4), Calls{70'001});
    EXPECT_THROW(static_cast<void>(level.place_of(0)), InternalAssertion);
    EXPECT_THROW(static_cast<void>(level.place_of(5)), InternalAssertion);
}

TEST(PathTree, WritesWhatIsNewOnTheWayFromOneStateToTheNext) {
    const PathTree start;
    std::vector<Batch> batches(1);
    PathWriter first(start);
    for (const std::uint32_t op : {1u, 2u, 3u}) first.add(0, op);
    first.end_run(batches[0], 1);
    PathTree level;
    level.read(batches);
    batches = {Batch(), Batch()};
    PathWriter second(level);
    second.add(level.place_of(1), 10);
    second.add(level.place_of(1), 11);
    second.add(level.place_of(3), 12);
    second.end_run(batches[0], 4);
    second.add(level.place_of(3), 13);  // the first of a run has the whole path
    second.end_run(batches[1], 9);
    // Number of the first state, states, bytes; back, ahead, calls.
    EXPECT_EQ(batches[0], (Batch{4, 3, 11, 0, 2, 1, 10, 1, 1, 11, 2, 2, 3, 12}));
    EXPECT_EQ(batches[1], (Batch{9, 1, 4, 0, 2, 3, 13}));
    level.read(batches);
    EXPECT_EQ(calls_to_state(level, 4), (Calls{1, 10}));
    EXPECT_EQ(calls_to_state(level, 5), (Calls{1, 11}));
    EXPECT_EQ(calls_to_state(level, 6), (Calls{3, 12}));
    EXPECT_EQ(calls_to_state(level, 9), (Calls{3, 13}));
    EXPECT_THROW(static_cast<void>(level.place_of(7)), InternalAssertion);
    EXPECT_EQ(level.links().size(), 8u) << "the start, five calls of the first run, two of the second";
}

TEST(PathTree, HoldsAPath) {
    PathTree tree;
    tree.read(Calls{5, 6, 7});
    EXPECT_EQ(calls_to(tree.links(), 3), (Calls{5, 6, 7}));
    tree.read(Calls{});
    EXPECT_EQ(tree.links().size(), 1u);
}

}  // namespace
}  // namespace vmacheck
