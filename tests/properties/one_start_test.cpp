// Contracts of many steps from one state, of which the checker has taken the page maps once, say what they say of each
// step alone; and those about changes are not asked about a step that changed nothing.
#include "checker/random/random_ops.hpp"
#include "model/faults/fault_table.hpp"
#include "model/faults/trees.hpp"
#include "properties/refinement/page_map.hpp"
#include "properties/refinement/starting_maps.hpp"
#include "properties/run/catalogue.hpp"
#include "properties/run/group_checker.hpp"
#include "tests/properties/contract_damage.hpp"

namespace vmacheck {
namespace {

// Goes to a state by some random steps, then takes other steps from there, each undone, until one was broken. Every step is
// looked at by a checker that was told of the state, and by one that was not. How many steps were broken.
int broken_steps(FaultSet faults, std::uint64_t seed) {
    const Parameters p = small_parameters();
    World<Plain> world(p, default_profile(), faults);
    RandomOps ops(seed, p, 24);
    const auto told = make_property_checker<Plain>();
    const auto not_told = make_property_checker<Plain>();
    int broken = 0;
    for (int state = 0; state < 60 && broken == 0; ++state) {
        told->start_from(world);
        for (int i = 0; i < 40; ++i) {
            const Op<Plain> op = ops.next(world);
            world.apply(op);
            Report from_start;
            Report alone;
            told->check_contracts(world, op, from_start);
            not_told->check_contracts(world, op, alone);
            EXPECT_EQ(from_start.empty(), alone.empty()) << name(op.kind) << (alone.empty() ? " told" : " not told");
            broken += alone.empty() ? 0 : 1;
            world.undo();
        }
        world.apply(ops.next(world));
    }
    return broken;
}

TEST(OneStartTest, contracts_hold_from_a_state_that_was_taken_once) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) EXPECT_EQ(broken_steps({}, seed), 0) << seed;
}

TEST(OneStartTest, faults_break_the_same_steps) {
    int found = 0;
    for (const FaultInfo& each : all_faults()) {
        if (each.fault == faults::link_rb_forgotten) continue;  // list and tree are of different states
        SCOPED_TRACE(each.name);
        found += broken_steps(FaultSet().add(each.fault), 3) != 0 ? 1 : 0;
    }
    EXPECT_GT(found, 5);
}

TEST(OneStartTest, a_state_that_was_left_is_noticed) {
    World<Plain> world(small_parameters(), default_profile());
    const auto checker = make_property_checker<Plain>();
    checker->start_from(world);
    world.apply(make_mmap(base, 2));
    Report report;
    const Op<Plain> op = make_mprotect(base, 2, prot::read);
    world.apply(op);
    checker->check_contracts(world, op, report);
    EXPECT_FALSE(report.empty());
    report.clear();
    world.undo();
    checker->start_from(world);
    world.apply(op);
    checker->check_contracts(world, op, report);
    EXPECT_TRUE(report.empty());
}

TEST(OneStartTest, a_map_has_the_policies_and_each_process_its_own) {
    World<Plain> world(small_parameters(), default_profile());
    world.apply(make_mmap(base, 4));
    Op<Plain> op = make_op(OpKind::mbind, base + 1, 2);
    op.policy = 7;
    world.apply(op);
    world.apply(make_op(OpKind::fork));
    world.apply(make_op(OpKind::munmap, base, 1));
    StartingMaps<Plain> maps;
    maps.take(world);
    const PageMap<Plain>* parent = maps.of(world.process(0));
    const PageMap<Plain>* child = maps.of(world.process(1));
    ASSERT_NE(parent, nullptr);
    ASSERT_NE(child, nullptr);
    EXPECT_EQ(parent->segments().size(), 2u);
    EXPECT_EQ(child->segments().size(), 3u);
    EXPECT_EQ(parent->at(base + 2)->policy, 7);
    EXPECT_EQ(parent->at(base + 3)->policy, 0);
    EXPECT_EQ(maps.of(MmId(9, 0)), nullptr);
}

// Both break every step; one says that it holds of what changes nothing.
template <class D>
struct NeverHolds {
    static constexpr PropertyInfo info{"never-holds", PropertyKind::contract, "nothing happens", "nobody"};
    static void step(const Step<D>&, Report& report) { report.add(info, "a step"); }
};
template <class D>
struct NeverChanges {
    static constexpr PropertyInfo info{"never-changes", PropertyKind::contract, "nothing changes", "nobody"};
    static constexpr bool of_changes = true;
    static void step(const Step<D>&, Report& report) { report.add(info, "a step"); }
};

TEST(OneStartTest, contracts_of_changes_are_asked_about_steps_that_changed_something) {
    World<Plain> world(small_parameters(), default_profile());
    PropertyCheckerOf<Plain, NeverHolds<Plain>, NeverChanges<Plain>> checker;
    const auto found_after = [&](const Op<Plain>& op) {
        world.apply(op);
        Report all;
        Report contracts;
        checker.check_step(world, op, all);
        checker.check_contracts(world, op, contracts);
        EXPECT_EQ(all.violations(), contracts.violations());
        return all.violations().size();
    };
    EXPECT_EQ(found_after(make_mmap(base, 2)), 2u);
    EXPECT_EQ(found_after(make_op(OpKind::munmap, base + 4, 2)), 1u);
    EXPECT_EQ(found_after(make_mprotect(base, 3, prot::read)), 2u)
        << "it fails, and has changed what comes before the hole";
    EXPECT_EQ(found_after(make_mprotect(base + 4, 3, prot::read)), 1u);
}

}  // namespace
}  // namespace vmacheck
