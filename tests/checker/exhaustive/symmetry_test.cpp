// Orbits: that they leave out nothing but names, and how many states they stand for.
#include "checker/exhaustive/symmetry.hpp"
#include "checker/exhaustive/reduction_check.hpp"
#include "model/faults/fault_table.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

// `depth`: calls; 0: all.
ExploreResult explored(const Scope& scope, bool orbits, std::uint64_t depth = 0) {
    ExploreOptions options;
    options.limits.depth = depth;
    options.expand.orbits = orbits;
    return Search(scope, options).run();
}

// One process with two files that differ in their names and inodes.
Scope two_files() {
    Scope scope = scope_named("file", 2);
    scope.name = "two-files";
    FileSpec second = scope.setup.parameters.files.at(0);
    second.name = "g";
    second.inode = 2;
    scope.setup.parameters.files.push_back(second);
    for (Calls& each : scope.calls)
        if (each.kind == OpKind::mmap) each.files = {1, 2};
    return scope;
}

void expect_exact(const Scope& scope, double factor) {
    const ExploreResult all = explored(scope, false);
    const ExploreResult orbits = explored(scope, true);
    ASSERT_TRUE(all.complete && orbits.complete);
    EXPECT_EQ(orbits.counts.orbit_states, all.states);
    EXPECT_EQ(orbits.counts.orbit_transitions, all.counts.transitions);
    EXPECT_GT(static_cast<double>(all.states), factor * static_cast<double>(orbits.states));
    for (ReachTable::Cell cell = 0; cell < all.reach.cells(); ++cell)
        EXPECT_EQ(orbits.reach.count(cell) != 0, all.reach.count(cell) != 0) << ReachTable::name(cell);
}

TEST(Orbits, stand_for_exactly_the_states_of_two_processes) {
    expect_exact(scope_named("core", 1), 1.9);
    expect_exact(scope_named("swap", 1), 1.9);
    expect_exact(scope_named("chains", 1), 1.9);
}

TEST(Orbits, stand_for_exactly_the_states_of_three_processes) {
    expect_exact(scope_named("family", 1), 5.5);
}

TEST(Orbits, stand_for_exactly_the_states_of_two_equal_files) {
    expect_exact(two_files(), 1.9);
}

TEST(Orbits, have_one_member_each_where_nothing_can_be_renamed) {
    const Scope scope = scope_named("peer", 3);
    EXPECT_EQ(explored(scope, true).states, explored(scope, false).states);
}

TEST(Orbits, take_files_for_equal_only_where_nothing_tells_them_apart) {
    EXPECT_EQ(equal_file_orders(two_files()).size(), 2u);
    Scope sized = two_files();
    sized.setup.parameters.files[1].pages = 1;
    EXPECT_EQ(equal_file_orders(sized).size(), 1u);
    Scope shared = two_files();
    shared.setup.parameters.files[1].inode = shared.setup.parameters.files[0].inode;
    EXPECT_EQ(equal_file_orders(shared).size(), 1u);
    Scope alone = two_files();
    for (Calls& each : alone.calls)
        if (each.kind == OpKind::mmap) each.files = {1};
    EXPECT_EQ(equal_file_orders(alone).size(), 1u);
}

TEST(Orbits, are_refused_for_more_processes_than_are_tried) {
    Scope scope = scope_named("family", 1);
    scope.processes = OrbitForm::most_processes + 1;
    EXPECT_THROW(OrbitForm(scope, Reduction{}), std::runtime_error);
}

TEST(Orbits, give_the_same_verdicts_and_coverage_as_all_Worlds) {
    for (const char* const name : {"family", "core", "swap"}) {
        SCOPED_TRACE(name);
        const ReductionComparison seen = compare_reductions(scope_named(name, 1), 4, 2'000, true);
        EXPECT_EQ(seen.difference, "");
        EXPECT_EQ(seen.broken_at, 0u);
    }
}

TEST(Orbits, break_at_the_same_depth_with_each_fault) {
    std::size_t broken = 0;
    for (const FaultInfo& fault : all_faults()) {
        SCOPED_TRACE(fault.name);
        Scope scope = scope_named("family", 1);
        scope.setup.faults = {std::string(fault.name)};
        const ExploreResult all = explored(scope, false, 9);
        const ExploreResult orbits = explored(scope, true, 9);
        ASSERT_EQ(orbits.finding.has_value(), all.finding.has_value());
        if (!all.finding) continue;
        ++broken;
        EXPECT_EQ(orbits.finding->trace.steps.size(), all.finding->trace.steps.size());
        EXPECT_EQ(orbits.finding->property(), all.finding->property());
    }
    EXPECT_GE(broken, 5u);
}

}  // namespace
}  // namespace vmacheck
