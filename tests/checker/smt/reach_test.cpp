// reach: each merge case is found, at its shortest; what is not there is said to be not there; budgets lead to
// undecided; and it reads the model, so that a fault or a profile changes what it answers.
#include "checker/smt/reach.hpp"

#include "checker/run/replay.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace vmacheck::smt {
namespace {

Goal goal(const std::string& text) {
    auto named = goal_named(text);
    EXPECT_TRUE(std::holds_alternative<Goal>(named)) << text;
    return std::get<Goal>(named);
}

ReachResult reach_for(const std::string& text, ReachOptions options = {}) {
    const Goal wanted = goal(text);
    return reach(wanted, reach_space(wanted), options);
}

// The last step of the trace comes to the cell, and the whole trace holds with the results it states.
void expect_trace_of(const ReachResult& result) {
    ReplayOptions options;
    options.checker = make_full_checker();
    Coverage coverage;
    options.observe = [&](const TraceStep& step, const World<Plain>& world, bool) {
        coverage = {};
        coverage.add(world, step.op);
    };
    const ReplayResult replayed = replay(result.trace, options);
    EXPECT_EQ(replayed.verdict, Verdict::holds) << write_trace(result.trace);
    EXPECT_TRUE(replayed.expectation_met);
    EXPECT_EQ(cell_counts(coverage).count(result.cell), 1u) << result.cell;
}

class MergeCase : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, MergeCase, testing::Range(1, 9));

TEST_P(MergeCase, is_reached_by_the_fewest_operations) {
    ReachOptions options;
    options.ops = 200'000;
    const ReachResult result = reach_for("merge_case_" + std::to_string(GetParam()), options);
    ASSERT_EQ(result.answer, Reachability::reached);
    expect_trace_of(result);
    // Cases 1 to 3 fill a hole that MAP_FIXED makes; the others change memory that was taken apart before.
    const unsigned fewest = GetParam() <= 3 ? 2 : 3;
    EXPECT_EQ(result.trace.steps.size(), fewest);
    EXPECT_EQ(result.decided, fewest - 1) << "no fewer operations";
    for (const TraceStep& each : result.trace.steps) EXPECT_LT(each.op.addr.page.value(), 20u) << "addresses are small";
}

TEST(Reach, a_merge_case_in_a_situation) {
    for (const char* text : {"merge/8/anon/same/madvise", "merge/4/anon/some/mlock", "merge/8/anon/none/munlockall",
                             "merge/2/file/none/mmap", "merge/2/anon/none/brk"}) {
        const ReachResult result = reach_for(text);
        ASSERT_EQ(result.answer, Reachability::reached) << text;
        EXPECT_EQ(result.cell, text);
        expect_trace_of(result);
    }
}

// mprotect over a hole changes what it can before it fails: that is a case 4 too, but not the one to show.
TEST(Reach, small_numbers_and_a_last_call_that_succeeds_come_first) {
    for (const char* text : {"merge_case_4", "merge_case_6", "merge_case_8"}) {
        const ReachResult result = reach_for(text);
        ASSERT_EQ(result.answer, Reachability::reached) << text;
        const Trace& trace = result.trace;
        EXPECT_EQ(trace.steps.back().seen.error, Errno::ok) << text;
        EXPECT_EQ(trace.steps.front().op.addr.page.value(), trace.header.parameters.mmap_min_addr) << text;
    }
}

TEST(Reach, an_error_of_an_operation_and_a_failed_allocation) {
    for (const char* text :
         {"mprotect:ENOMEM", "mmap:EOVERFLOW", "mremap:EFAULT", "munmap:EINVAL", "brk:ok", "alloc/split_vma.vma",
          "errno/mmap/EEXIST", "mlock:EAGAIN", "madvise:EAGAIN", "fault:ENOMEM", "mmap:ENOSPC"}) {
        const ReachResult result = reach_for(text);
        ASSERT_EQ(result.answer, Reachability::reached) << text;
        expect_trace_of(result);
    }
}

TEST(Reach, events_of_pages_and_chains) {
    for (const char* text : {"chain_imported", "boundary_moved", "stack_grown", "userfault", "page_cow",
                             "anon_vma_forked", "file_closed"}) {
        const ReachResult result = reach_for(text);
        ASSERT_EQ(result.answer, Reachability::reached) << text;
        expect_trace_of(result);
    }
}

TEST(Reach, what_no_path_comes_to_is_unreachable_within_so_many_operations) {
    ReachOptions options;
    options.within = 2;
    const ReachResult result = reach_for("merge_case_6", options);
    EXPECT_EQ(result.answer, Reachability::unreachable);
    EXPECT_EQ(result.decided, 2u);
    EXPECT_TRUE(result.trace.steps.empty());
    // brk keeps a page free below the next VMA: the grid says so too.
    EXPECT_EQ(reach_for("merge/3/anon/none/brk", options).answer, Reachability::unreachable);
    EXPECT_FALSE(goal("merge/3/anon/none/brk").cells.front().reason.empty());
}

TEST(Reach, a_spent_budget_is_undecided_and_never_unreachable) {
    ReachOptions few_ops;
    few_ops.ops = 200;
    EXPECT_EQ(reach_for("merge_case_6", few_ops).answer, Reachability::undecided);
    ReachOptions few_units;
    few_units.units = 20'000;
    const ReachResult result = reach_for("merge_case_6", few_units);
    EXPECT_EQ(result.answer, Reachability::undecided);
    EXPECT_LT(result.decided, 3u);
}

TEST(Reach, repeats_byte_for_byte) {
    const auto bytes = [] {
        const ReachResult result = reach_for("merge_case_5");
        return write_trace(result.trace) + std::to_string(result.paths) + "/" + std::to_string(result.solver.queries) +
               "/" + std::to_string(result.solver.units);
    };
    EXPECT_EQ(bytes(), bytes());
}

// The semantics are those of the model's code alone: a bug there, and what can be reached is another.
TEST(Reach, follows_the_model_when_a_fault_changes_it) {
    ReachOptions options;
    options.within = 3;
    // The old rule let case 7 absorb a VMA that has ->close; no path of the repaired rule does.
    const Goal wanted = goal("merge_case_7");
    ReachSpace space = reach_space(wanted);
    std::erase_if(space.first, [](const Op<Plain>& each) { return each.kind != OpKind::mmap; });
    std::erase_if(space.last, [](const Op<Plain>& each) { return each.kind != OpKind::mprotect; });
    space.last.resize(1);
    space.limits.front().parameters.files = {FileSpec{FileKind::with_close, 1, true, true, "hooks"}};
    for (Op<Plain>& each : space.first) {
        each.flags &= ~map::anonymous;
        each.file = 1;
    }
    EXPECT_EQ(reach(wanted, space, options).answer, Reachability::unreachable);
    options.setup.faults = {"merge-case7-close"};
    const ReachResult with_bug = reach(wanted, space, options);
    EXPECT_EQ(with_bug.answer, Reachability::reached);
    EXPECT_EQ(with_bug.trace.header.faults, options.setup.faults);
}

TEST(Goals, are_named_as_the_grid_names_its_cells) {
    EXPECT_EQ(goal("merge_case_6").cells.front().name, "event/merge_case_6");
    EXPECT_EQ(goal("mprotect:ENOMEM").cells.front().name, "errno/mprotect/ENOMEM");
    EXPECT_EQ(goal("merge/6/file/some").cells.size(), 16u);  // one a caller
    for (const char* wrong : {"merge_case_9", "mprotect:EFOO", "nosuch:EINVAL", "", "merge/9", "event/"})
        EXPECT_TRUE(std::holds_alternative<std::string>(goal_named(wrong))) << wrong;
}

}  // namespace
}  // namespace vmacheck::smt
