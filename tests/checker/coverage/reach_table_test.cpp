// The table of reached cells: sums of counts, the first of each cell, and a table that is used again.
#include "checker/coverage/reach_table.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

TEST(ReachTable, AddsCountsAndKeepsTheFirstTransition) {
    ReachTable all;
    all.set(3, 2, 10);
    ReachTable other;
    other.set(3, 1, 4);
    other.set(5, 7, 12);
    all.add(other);
    EXPECT_EQ(all.reached(), 2u);
    EXPECT_EQ(all.count(3), 3u);
    EXPECT_EQ(all.first(3), 4u);
    EXPECT_EQ(all.count(5), 7u);
    EXPECT_EQ(all.first(5), 12u);
}

TEST(ReachTable, IsEmptyAgainWhenCleared) {
    ReachTable table;
    table.set(3, 2, 10);
    table.clear();
    EXPECT_EQ(table, ReachTable());
    EXPECT_EQ(table.reached(), 0u);
    table.set(3, 1, 20);
    EXPECT_EQ(table.first(3), 20u);
}

TEST(ReachTable, IsEqualWhateverTheOrderInWhichCellsWereReached) {
    ReachTable one;
    one.set(3, 1, 1);
    one.set(5, 1, 2);
    ReachTable other;
    other.set(5, 1, 2);
    other.set(3, 1, 1);
    EXPECT_EQ(one, other);
}

}  // namespace
}  // namespace vmacheck
