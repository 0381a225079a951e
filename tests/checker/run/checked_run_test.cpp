// The run loop: the first step that breaks anything ends a run, and an assumption that breaks counts like a property.
#include "checker/run/checked_run.hpp"

#include "tests/support/test_checker.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

Op<Plain> operation(OpKind kind) {
    Op<Plain> op;
    op.kind = kind;
    op.addr = Bytes<Plain>::pages(32);
    op.len = Bytes<Plain>::pages(2);
    op.prot = prot::read;
    op.flags = map::private_ | map::fixed | map::anonymous;
    return op;
}

class CheckedRunTest : public testing::Test {
protected:
    CheckedRunTest() { run.start(world); }

    std::shared_ptr<TestChecker> checker = std::make_shared<TestChecker>();
    World<Plain> world{Parameters(), default_profile()};
    CheckedRun run{checker};
};

TEST_F(CheckedRunTest, a_run_that_holds_breaks_nothing) {
    EXPECT_TRUE(run.check_start());
    std::size_t applied = 0;
    for (const OpKind kind : {OpKind::mmap, OpKind::mprotect, OpKind::munmap})
        EXPECT_TRUE(run.step(operation(kind), [&](const Outcome<Plain>& outcome) { applied += outcome.ok() ? 1 : 0; }));
    EXPECT_TRUE(run.check_end());
    EXPECT_FALSE(run.broken());
    EXPECT_EQ(run.steps(), 3u);
    EXPECT_EQ(applied, 3u);
    EXPECT_EQ(checker->steps, 3);
    EXPECT_EQ(checker->whole, 2);
}

TEST_F(CheckedRunTest, the_step_that_breaks_a_property_ends_it) {
    checker->broken_by = OpKind::mprotect;
    EXPECT_TRUE(run.step(operation(OpKind::mmap)));
    EXPECT_FALSE(run.step(operation(OpKind::mprotect)));
    EXPECT_TRUE(run.applied());
    EXPECT_EQ(run.broken().violations, (std::vector<Violation>{{"no-step", "was called"}}));
    EXPECT_EQ(run.broken().step, 2u);
    EXPECT_FALSE(run.broken().at_end);
}

TEST_F(CheckedRunTest, what_only_the_last_state_shows_is_found_at_the_end) {
    checker->broken_at = 1;
    EXPECT_TRUE(run.step(operation(OpKind::mmap)));
    EXPECT_FALSE(run.check_end());
    EXPECT_EQ(run.broken().step, 1u);
    EXPECT_TRUE(run.broken().at_end);
}

TEST_F(CheckedRunTest, a_broken_assumption_counts_like_a_property) {
    checker->assertion_in = OpKind::mmap;
    EXPECT_FALSE(run.step(operation(OpKind::mmap)));
    ASSERT_NE(run.broken().find(internal_assertion_name), nullptr);
    EXPECT_EQ(run.broken().step, 1u);
}

TEST_F(CheckedRunTest, an_assumption_that_breaks_between_steps_is_of_the_last_step) {
    EXPECT_TRUE(run.step(operation(OpKind::mmap)));
    EXPECT_TRUE(run.guard([] {}));
    EXPECT_FALSE(run.guard([] { internal_assertion_failed("choosing an operation"); }));
    EXPECT_EQ(run.broken().step, 1u);
}

TEST_F(CheckedRunTest, a_step_that_was_undone_does_not_count) {
    EXPECT_TRUE(run.step(operation(OpKind::mmap)));
    EXPECT_TRUE(run.step(operation(OpKind::munmap)));
    world.undo();
    run.forget_step();
    EXPECT_EQ(run.steps(), 1u);
}

TEST_F(CheckedRunTest, a_new_start_forgets_what_was_broken) {
    checker->broken_by = OpKind::mmap;
    EXPECT_FALSE(run.step(operation(OpKind::mmap)));
    checker->broken_by.reset();
    run.start(world);
    EXPECT_FALSE(run.broken());
    EXPECT_TRUE(run.step(operation(OpKind::munmap)));
    EXPECT_EQ(run.steps(), 1u);
}

TEST(Finding, is_the_trace_up_to_the_broken_step_and_expects_the_violation) {
    const std::vector<Op<Plain>> ops{operation(OpKind::mmap), operation(OpKind::mprotect), operation(OpKind::munmap)};
    Broken broken;
    broken.violations = {{"gap-cache", "a text"}, {"map-count", "another"}};
    broken.step = 2;
    TraceHeader header;
    header.title = "random, seed 1, case 7";
    const Finding finding = make_finding({"random", 7, "case 7"}, broken, header, ops);
    EXPECT_EQ(finding.trace.steps.size(), 2u);
    EXPECT_EQ(finding.trace.header.title, "random, seed 1, case 7: gap-cache");
    EXPECT_EQ(finding.trace.header.expect, (Expectation{true, "gap-cache"}));
    EXPECT_EQ(finding.key(), "gap-cache/mprotect");
    EXPECT_EQ(finding.text(), "a text");
    EXPECT_FALSE(finding.is_internal());
}

TEST(Finding, of_a_broken_assumption_has_no_expectation) {
    Broken broken;
    broken.violations = {{std::string(internal_assertion_name), "a text"}};
    const Finding finding = make_finding({"guide", 0, ""}, broken, {}, {});
    EXPECT_TRUE(finding.is_internal());
    EXPECT_FALSE(finding.trace.header.expect);
    EXPECT_EQ(finding.key(), "internal-assertion/layout");
}

}  // namespace
}  // namespace vmacheck
