// Random operations: every property holds after each, both number domains agree, steps can be undone, and equal
// histories are equal.
#include "checker/random/random_ops.hpp"
#include "model/faults/accounting.hpp"
#include "model/faults/brk.hpp"
#include "model/faults/chains.hpp"
#include "model/faults/fault_table.hpp"
#include "model/faults/merge.hpp"
#include "model/faults/trees.hpp"
#include "model/op/convert.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/support/varied_parameters.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace vmacheck {
namespace {

std::string text_of(const Op<Plain>& op) {
    return fmt::format(
        "{} process {} addr {:#x} len {:#x} prot {:#x} flags {:#x} file {} offset {:#x} call_flags {:#x} "
        "policy {} uffd {} advice {} access {} fail {}:{}",
        name(op.kind), op.process, op.addr.value(), op.len.value(), op.prot, op.flags, op.file, op.offset.value(),
        op.call_flags, op.policy, op.uffd, name(op.advice), name(op.access), name(op.fail_alloc.kind),
        op.fail_alloc.nth);
}

// Runs one seed with the check after each step and a sweep every 64; stops at the first violation, with all to repeat
// it.
void run_and_check(std::uint64_t seed, int steps) {
    const Parameters p = varied_parameters(seed);
    World<Plain> world(p, default_profile());
    RandomOps ops(seed, p, seed % 2 == 0 ? 24 : 60);
    ops.set_mix(mix_with_more_failures());
    const std::unique_ptr<PropertyChecker<Plain>> checker = make_property_checker<Plain>();
    Report report;
    int failed_allocations = 0;
    for (int step = 0; step < steps; ++step) {
        const Op<Plain> op = ops.next(world);
        if (world.apply(op).has(Event::alloc_failed)) ++failed_allocations;
        checker->check_step(world, op, report);
        const bool sweep = step % 64 == 63;
        if (sweep && report.empty()) checker->check_all(world, report);
        ASSERT_TRUE(report.empty()) << "seed " << seed << ", step " << step << (sweep ? " or a sweep: " : ": ")
                                    << text_of(op) << text_of(report);
    }
    EXPECT_GT(failed_allocations, steps / 200);
}

class RandomTest : public testing::TestWithParam<std::uint64_t> {};

// 40 seeds of 25,000: a million steps.
TEST_P(RandomTest, every_property_holds_after_each_step) {
    run_and_check(GetParam(), 25'000);
}

INSTANTIATE_TEST_SUITE_P(Million, RandomTest, testing::Range(std::uint64_t{1}, std::uint64_t{41}));

// ---------------------------------------------------------------------------------------------------- two domains

// The op with its numbers as inputs of the open recorder.
Op<Traced> traced(const Op<Plain>& op) {
    Op<Traced> made = convert<Traced>(op);
    made.addr.page = TracedNumber::input("addr", op.addr.page.value());
    made.len.page = TracedNumber::input("len", op.len.page.value());
    made.offset.page = TracedNumber::input("offset", op.offset.page.value());
    return made;
}

bool holds(const PathRecorder& recorder, const Constraint& constraint) {
    const std::int64_t value = recorder.evaluate(constraint.form);
    switch (constraint.relation) {
        case Relation::equal: return value == 0;
        case Relation::not_equal: return value != 0;
        case Relation::less: return value < 0;
        case Relation::less_equal: return value <= 0;
    }
    return false;
}

// How many constraints of a kind there were; each must be true of the values that led to it.
struct Recorded {
    std::size_t decisions = 0;
    std::size_t obligations = 0;
    std::size_t maxima = 0;
};

void check_path(const PathRecorder& recorder, std::uint64_t trace, Recorded& recorded) {
    for (const Constraint& each : recorder.constraints()) {
        ASSERT_TRUE(holds(recorder, each)) << "trace " << trace << ": a recorded constraint is false of its own inputs";
        ASSERT_FALSE(each.form.is_constant()) << "trace " << trace;
        ++(each.kind == ConstraintKind::decision ? recorded.decisions : recorded.obligations);
    }
    for (const Maximum& each : recorder.maxima()) {
        const auto value = static_cast<std::int64_t>(recorder.inputs().at(each.result).value);
        ASSERT_EQ(value, std::max(recorder.evaluate(each.a), recorder.evaluate(each.b))) << "trace " << trace;
        ASSERT_LE(each.constraints_before, recorder.constraints().size());
        ++recorded.maxima;
    }
}

void compare_domains(std::uint64_t trace, Recorded& recorded) {
    const Parameters p = varied_parameters(trace);
    World<Plain> plain(p, default_profile());
    World<Traced> other(p, default_profile());
    RandomOps ops(trace * 7919, p, 20);
    PathRecorder recorder;
    const PathRecorder::Scope scope(recorder);
    const std::uint64_t length = 6 + trace % 5;
    for (std::uint64_t step = 0; step < length; ++step) {
        const Op<Plain> op = ops.next(plain);
        const Outcome<Plain>& a = plain.apply(op);
        const Outcome<Traced>& b = other.apply(traced(op));
        const auto where = [&] { return fmt::format("trace {}, step {}: {}", trace, step, text_of(op)); };
        ASSERT_EQ(a.error, b.error) << where();
        ASSERT_EQ(a.value.value(), b.value.value()) << where();
        ASSERT_EQ(a.events, b.events) << where();
        ASSERT_EQ(a.violations, b.violations) << where();
        ASSERT_EQ(plain.flatten(), other.flatten()) << where();
    }
    check_path(recorder, trace, recorded);
}

TEST(DomainsTest, plain_and_traced_agree_on_10000_traces) {
    Recorded recorded;
    for (std::uint64_t trace = 1; trace <= 10'000; ++trace) {
        compare_domains(trace, recorded);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(recorded.decisions, 100'000u);
    EXPECT_GT(recorded.obligations, 1'000u);
    RecordProperty("decisions", static_cast<int>(recorded.decisions));
    RecordProperty("maxima", static_cast<int>(recorded.maxima));
}

// Traced numbers repair a stale value further up than the kernel does: where plain ones stop at an equal value, nobody
// may ask.
bool breaks_caches(Fault fault) {
    static const FaultSet caches = FaultSet{}
                                       .add(faults::adjust_gap_not_updated)
                                       .add(faults::munmap_gap_not_updated)
                                       .add(faults::tree_propagates_once)
                                       .add(faults::rotation_value_stale)
                                       .add(faults::erase_successor_parent_stale)
                                       .add(faults::interval_last_kept);
    return caches.has(fault);
}

// A synthetic one that leaves a structure wrong at once: a tree, a list, a chain or a counter.
bool damages_structure(const FaultInfo& fault) {
    static const FaultSet others = FaultSet{}
                                       .add(faults::adjust_case6_no_import)
                                       .add(faults::adjust_gap_not_updated)
                                       .add(faults::brk_not_restored)
                                       .add(faults::split_pgoff)
                                       .add(faults::split_limit)
                                       .add(faults::commit_limit_ignored)
                                       .add(faults::rlimit_as_ignored)
                                       .add(faults::rlimit_data_ignored);
    return fault.kind == FaultKind::synthetic && !others.has(fault.fault);
}

// The checker decides the same in both domains, on paths that a fault makes fail too.
TEST(DomainsTest, properties_find_the_same) {
    std::vector<Fault> structural;
    for (const FaultInfo& each : all_faults())
        if (damages_structure(each) && !breaks_caches(each.fault)) structural.push_back(each.fault);
    std::size_t found = 0;
    for (std::uint64_t trace = 1; trace <= 400; ++trace) {
        // All that need some history; of those that damage a structure at once, which hide what comes after, one by
        // turns.
        FaultSet faults;
        faults.add(structural[trace % structural.size()]);
        for (const FaultInfo& each : all_faults())
            if (!breaks_caches(each.fault) && std::ranges::find(structural, each.fault) == structural.end())
                faults.add(each.fault);
        const Parameters p = varied_parameters(trace);
        World<Plain> plain(p, default_profile(), faults);
        World<Traced> other(p, default_profile(), faults);
        const auto plain_checker = make_property_checker<Plain>();
        const auto other_checker = make_property_checker<Traced>();
        RandomOps ops(trace, p, 20);
        PathRecorder recorder;
        const PathRecorder::Scope scope(recorder);
        for (int step = 0; step < 25; ++step) {
            const Op<Plain> op = ops.next(plain);
            plain.apply(op);
            const Op<Traced> same = traced(op);
            other.apply(same);
            Report a;
            Report b;
            plain_checker->check_step(plain, op, a);
            plain_checker->check_all(plain, a);
            other_checker->check_step(other, same, b);
            other_checker->check_all(other, b);
            ASSERT_EQ(a.violations(), b.violations()) << "trace " << trace << ", step " << step << ": " << text_of(op);
            found += a.violations().size();
            if (!a.empty()) break;
        }
    }
    EXPECT_GT(found, 10u);
}

// ---------------------------------------------------------------------------------------------------- history

TEST(HistoryTest, undo_restores_the_world_before_each_step) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const Parameters p = varied_parameters(seed);
        World<Plain> world(p, default_profile());
        RandomOps ops(seed, p, 40);
        for (int step = 0; step < 3000; ++step) {
            const std::vector<std::uint64_t> before = world.flatten();
            const Op<Plain> op = ops.next(world);
            world.apply(op);
            const std::vector<std::uint64_t> after = world.flatten();
            world.undo();
            ASSERT_EQ(world.flatten(), before) << "seed " << seed << ", step " << step << ": " << text_of(op);
            ASSERT_FALSE(world.can_undo());
            world.apply(op);
            ASSERT_EQ(world.flatten(), after)
                << "again after undo: seed " << seed << ", step " << step << ": " << text_of(op);
        }
    }
}

TEST(HistoryTest, all_steps_are_undone_to_the_start) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const Parameters p = varied_parameters(seed);
        World<Plain> world(p, default_profile());
        RandomOps ops(seed, p, 40);
        for (int step = 0; step < 500; ++step) world.apply(ops.next(world));
        world.keep_history(true);
        std::vector<std::vector<std::uint64_t>> states{world.flatten()};
        for (int step = 0; step < 300; ++step) {
            world.apply(ops.next(world));
            states.push_back(world.flatten());
        }
        while (states.size() > 1) {
            ASSERT_EQ(world.flatten(), states.back()) << "seed " << seed << " at step " << states.size() - 1;
            world.undo();
            states.pop_back();
        }
        EXPECT_EQ(world.flatten(), states.front()) << "seed " << seed;
        EXPECT_FALSE(world.can_undo());
    }
}

TEST(HistoryTest, history_kept_or_not_the_world_is_the_same) {
    const Parameters p = varied_parameters(1);
    World<Plain> kept(p, default_profile());
    World<Plain> not_kept(p, default_profile());
    kept.keep_history(true);
    RandomOps ops(3, p, 40);
    for (int step = 0; step < 2000; ++step) {
        const Op<Plain> op = ops.next(not_kept);
        kept.apply(op);
        not_kept.apply(op);
        ASSERT_EQ(kept.digest(), not_kept.digest()) << "step " << step << ": " << text_of(op);
    }
}

TEST(HistoryTest, equal_histories_have_equal_digests) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const Parameters p = varied_parameters(seed);
        World<Plain> a(p, default_profile());
        RandomOps ops(seed, p, 40);
        std::vector<Op<Plain>> history;
        for (int step = 0; step < 2000; ++step) a.apply(history.emplace_back(ops.next(a)));
        World<Plain> b(p, default_profile());
        for (const Op<Plain>& op : history) b.apply(op);
        EXPECT_EQ(a.digest(), b.digest());
        EXPECT_TRUE(a == b);
        Op<Plain> one_more;
        one_more.kind = OpKind::mmap;
        one_more.len = Bytes<Plain>::pages(1);
        one_more.flags = map::private_ | map::anonymous;
        for (std::uint8_t slot = 0; slot < max_processes && !b.process(one_more.process); ++slot)
            one_more.process = slot;
        one_more.addr = Bytes<Plain>::pages(100);
        one_more.flags |= map::fixed;
        one_more.prot = prot::read;
        EXPECT_TRUE(!b.apply(one_more).ok() || a.digest() != b.digest());
    }
}

}  // namespace
}  // namespace vmacheck
