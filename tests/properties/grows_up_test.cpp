// Stacks that grow up (Parameters::stack_grows_up): every property holds, both domains agree, and what growth,
// placement and mprotect do with them is met.
#include "checker/random/random_ops.hpp"
#include "model/op/convert.hpp"
#include "properties/refinement/placement.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/support/varied_parameters.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

Parameters grows_up(std::uint64_t seed) {
    Parameters p = small_parameters();
    p.stack_grows_up = true;
    p.bottom_up = seed % 2 == 1;
    if (seed % 5 == 1) p.rlimit_memlock = 4;
    if (seed % 7 == 2) p.rlimit_as = 30;
    if (seed % 3 == 2) never_overcommit(p, 30);
    return p;
}

struct Met {
    int grown = 0;
    int refused = 0;
    int grown_by_others = 0;
    int protected_up = 0;
    int placed = 0;
};

void count(const World<Plain>& world, const Op<Plain>& op, const Outcome<Plain>& outcome, Met& met) {
    const bool faults = op.kind == OpKind::fault || op.kind == OpKind::remote_access;
    if (faults && outcome.has(Event::stack_grown)) {
        ++met.grown;
        if (op.kind == OpKind::remote_access && op.target != op.process) ++met.grown_by_others;
    } else if (faults && !outcome.ok()) {
        ++met.refused;
    }
    if (op.kind == OpKind::mprotect && outcome.ok() && (op.prot & prot::growsup) != 0 && op.len.page > 0)
        ++met.protected_up;
    if (op.kind != OpKind::mmap || !outcome.ok() || (op.flags & (map::fixed | map::fixed_noreplace)) != 0) return;
    bool above_a_stack = false;
    world.each_vma(world.process(op.process), [&](VmaId, const Vma<Plain>& vma) {
        above_a_stack |= (vma.flags & vm::growsup) != 0 && vma.end <= outcome.value.page;
    });
    if (above_a_stack) ++met.placed;
}

TEST(GrowsUp, every_property_holds_and_all_is_met) {
    Met met;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        const Parameters p = grows_up(seed);
        World<Plain> world(p, default_profile());
        start_with_stacks_that_grow_up(world);
        RandomOps ops(seed, p, 60);
        const auto checker = make_property_checker<Plain>();
        Report report;
        checker->check_all(world, report);
        for (int step = 0; step < 250; ++step) {
            const Op<Plain> op = ops.next(world);
            const Outcome<Plain>& outcome = world.apply(op);
            checker->check_step(world, op, report);
            if (report.empty() && step % 16 == 0) checker->check_all(world, report);
            ASSERT_TRUE(report.empty()) << "seed " << seed << ", step " << step << ": " << name(op.kind) << " at "
                                        << op.addr.page.value() << ": " << report.violations().front().property << ": "
                                        << report.violations().front().text;
            count(world, op, outcome, met);
        }
    }
    EXPECT_GT(met.grown, 200);
    EXPECT_GT(met.refused, 200);
    EXPECT_GT(met.grown_by_others, 5);
    EXPECT_GT(met.protected_up, 20);
    EXPECT_GT(met.placed, 200);
}

TEST(GrowsUp, plain_and_traced_agree) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const Parameters p = grows_up(seed);
        World<Plain> plain(p, default_profile());
        World<Traced> other(p, default_profile());
        start_with_stacks_that_grow_up(plain);
        start_with_stacks_that_grow_up(other);
        RandomOps ops(seed * 31, p, 60);
        const auto checker = make_property_checker<Traced>();
        Report report;
        for (int step = 0; step < 60; ++step) {
            const Op<Plain> op = ops.next(plain);
            const Op<Traced> same = convert<Traced>(op);
            const Outcome<Plain>& a = plain.apply(op);
            const Outcome<Traced>& b = other.apply(same);
            ASSERT_EQ(a.error, b.error) << "seed " << seed << ", step " << step;
            ASSERT_EQ(a.events, b.events) << "seed " << seed << ", step " << step;
            checker->check_step(other, same, report);
            ASSERT_TRUE(report.empty()) << "seed " << seed << ", step " << step << ": "
                                        << report.violations().front().text;
        }
        ASSERT_EQ(plain.flatten(), other.flatten());
    }
}

// ---------------------------------------------------------------------------------------------------- written out

class OneStack : public testing::Test {
protected:
    Parameters p = grows_up(0);
    World<Plain> world{p, default_profile()};

    void SetUp() override { start_with_stacks_that_grow_up(world); }
    const Outcome<Plain>& perform(OpKind kind, std::uint64_t page, std::uint64_t len = 1, Prot prot = prot::read,
                                  MapFlags flags = 0) {
        Op<Plain> op;
        op.kind = kind;
        op.addr = Bytes<Plain>::pages(page);
        op.len = Bytes<Plain>::pages(len);
        op.prot = prot;
        op.flags = map::private_ | map::anonymous | flags;
        return world.apply(op);
    }
    // The end of the VMA that starts at the page.
    std::uint64_t end_of(std::uint64_t start) {
        std::uint64_t end = 0;
        world.each_vma(world.process(0), [&](VmaId, const Vma<Plain>& vma) {
            if (vma.start == start) end = vma.end.value();
        });
        return end;
    }
    const Mm<Plain>& mm() { return world[world.process(0)]; }
};

// Stacks of [18,20), [30,31), [46,47) and [100,101), a guard gap of 3 pages, RLIMIT_STACK of 8.
TEST_F(OneStack, growth_is_counted_and_moves_the_last_end) {
    EXPECT_EQ(mm().highest_vm_end.value(), 104u);
    EXPECT_EQ(mm().stack_vm.value(), 5u);
    EXPECT_EQ(perform(OpKind::fault, 103).error, Errno::ok);
    EXPECT_EQ(end_of(100), 104u);
    EXPECT_EQ(mm().highest_vm_end.value(), 107u);
    EXPECT_EQ(mm().stack_vm.value(), 8u);
    EXPECT_EQ(perform(OpKind::fault, 108).error, Errno::sigsegv);  // nine pages
    EXPECT_EQ(perform(OpKind::fault, 107).error, Errno::ok);       // eight
}

TEST_F(OneStack, the_guard_gap_is_kept_from_what_can_be_accessed) {
    perform(OpKind::mmap, 25, 1, prot::read, map::fixed);
    EXPECT_EQ(perform(OpKind::fault, 22).error, Errno::sigsegv);  // 23, 24 are free: two pages
    EXPECT_EQ(perform(OpKind::fault, 21).error, Errno::ok);       // three
    perform(OpKind::mprotect, 25, 1, prot::none);
    EXPECT_EQ(perform(OpKind::fault, 24).error, Errno::ok);
    EXPECT_EQ(end_of(18), 25u);
}

TEST_F(OneStack, the_search_keeps_away_from_above_it) {
    perform(OpKind::mmap, 53, 47, prot::read, map::fixed);
    // Below mmap_base (64) the highest hole is [47,53), less the guard gap above 47: three pages.
    EXPECT_EQ(perform(OpKind::mmap, 0, 4).value.page.value(), 42u);
    EXPECT_EQ(perform(OpKind::mmap, 0, 3).value.page.value(), 50u);
    // A hint within the gap above [18,20) is not taken, one behind it is.
    EXPECT_NE(perform(OpKind::mmap, 22, 1).value.page.value(), 22u);
    EXPECT_EQ(perform(OpKind::mmap, 23, 1).value.page.value(), 23u);
}

TEST_F(OneStack, mprotect_reaches_to_its_end) {
    EXPECT_EQ(perform(OpKind::mprotect, 18, 5, prot::read | prot::growsup).error, Errno::ok);
    EXPECT_EQ(end_of(18), 20u);
    EXPECT_EQ(perform(OpKind::mprotect, 19, 1, prot::none | prot::growsup).error, Errno::ok);
    EXPECT_EQ(end_of(18), 19u);
    perform(OpKind::mmap, 60, 1, prot::read, map::fixed);
    EXPECT_EQ(perform(OpKind::mprotect, 60, 1, prot::none | prot::growsup).error, Errno::einval);
}

TEST_F(OneStack, map_growsdown_memory_does_not_grow_here) {
    perform(OpKind::mmap, 80, 1, prot::read | prot::write, map::fixed | map::growsdown);
    EXPECT_EQ(perform(OpKind::fault, 79).error, Errno::sigsegv);
    EXPECT_EQ(mm().stack_vm.value(), 5u);
}

TEST(GrowsUpLayout, only_where_stacks_grow_up) {
    World<Plain> world(small_parameters(), default_profile());
    EXPECT_THROW(start_with_stacks_that_grow_up(world), std::logic_error);
}

}  // namespace
}  // namespace vmacheck
