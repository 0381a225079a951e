// Limits that random operations draw for a subject that takes them, and how a finding loses those that it does not need.
#include "checker/conform/drawn_limits.hpp"
#include "checker/conform/random_conform.hpp"
#include "checker/conform/subject_check.hpp"
#include "tests/checker/conform/check_options.hpp"
#include "tests/checker/conform/other_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace vmacheck {
namespace {

CasePlan plan_of(std::uint64_t number) {
    return plan_case(7, number, RandomLimits{.pages = 40, .vmas = 24, .processes = 3, .case_steps = 1000});
}

TEST(DrawnLimits, HalfOfTheCasesHaveTheDefaultsAndTheOthersEveryKindOfLimit) {
    unsigned usual = 0, failing = 0, with_memlock = 0, with_as = 0, without_overcommit = 0, from_zero = 0;
    std::map<std::uint64_t, unsigned> ends;
    constexpr unsigned cases = 2000;
    for (unsigned i = 0; i < cases; ++i) {
        DrawnLimits drawn = draw_limits(plan_of(i));
        failing += std::any_of(drawn.parameters.files.begin(), drawn.parameters.files.end(),
                               [](const FileSpec& each) { return each.mmap_error != Errno::ok; });
        drawn.parameters.files.clear();
        usual += drawn.parameters == Parameters();
        with_memlock += drawn.parameters.rlimit_memlock != unlimited;
        with_as += drawn.parameters.rlimit_as != unlimited;
        without_overcommit += drawn.parameters.overcommit_mode == 2;
        from_zero += drawn.parameters.mmap_min_addr == 0;
        ++ends[drawn.window_end > 1000 ? 2 : drawn.window_end > 0 ? 1 : 0];
    }
    EXPECT_NEAR(usual, cases / 2, cases / 20);
    EXPECT_NEAR(failing, cases / 8, cases / 20);
    for (const unsigned each : {with_memlock, with_as, without_overcommit, from_zero}) EXPECT_GT(each, cases / 50);
    EXPECT_GT(ends[1], cases / 50);
    EXPECT_GT(ends[2], cases / 50);
}

TEST(DrawnLimits, AreTheSameForTheSameCase) {
    for (unsigned i = 0; i < 50; ++i) {
        EXPECT_EQ(draw_limits(plan_of(i)).parameters, draw_limits(plan_of(i)).parameters);
        EXPECT_EQ(draw_limits(plan_of(i)).window_end, draw_limits(plan_of(i)).window_end);
    }
}

TEST(DrawnLimits, OfASetupTakeOverLimitsAndNothingElse) {
    Parameters from;
    from.rlimit_as = 12;
    from.cap_ipc_lock = true;
    from.task_size = 128;
    from.soft_dirty = true;
    Parameters expected;
    expected.rlimit_as = 12;
    expected.cap_ipc_lock = true;
    EXPECT_EQ(limits_of(from), expected);
}

TEST(DrawnLimits, FewerAreNoneAtFirstAndThenAllButOne) {
    Parameters some;
    some.files.resize(1);
    EXPECT_TRUE(with_fewer_limits(some).empty());
    some.rlimit_as = 12;
    some.bottom_up = true;
    const std::vector<Parameters> fewer = with_fewer_limits(some);
    ASSERT_EQ(fewer.size(), 3u);
    EXPECT_EQ(fewer[0].rlimit_as, unlimited);
    EXPECT_FALSE(fewer[0].bottom_up);
    EXPECT_EQ(fewer[0].files.size(), 1u);
    EXPECT_EQ(fewer[1].rlimit_as, unlimited);
    EXPECT_TRUE(fewer[1].bottom_up);
    EXPECT_EQ(fewer[2].rlimit_as, 12u);
    EXPECT_FALSE(fewer[2].bottom_up);
}

// What is wrong with it is seen with a limit alone, and with no other.
TEST(DrawnLimits, AreMetByRandomOperationsAndAFindingKeepsTheOneThatItNeeds) {
    ChangedModel subject;
    subject.takes_limits = true;
    bool limited = false;
    subject.begins = [&](const vmacheck::Setup& setup) { limited = setup.parameters.rlimit_memlock != unlimited; };
    subject.change = [&](const Op<Plain>& op, Answer& answer) {
        if (limited && op.kind == OpKind::munmap && answer.seen.error == Errno::einval)
            answer.seen.error = Errno::eperm;
    };
    const SubjectCheckResult result = check_subject(subject, check_options(20'000));
    ASSERT_EQ(result.found.size(), 1u);
    const Trace& trace = result.found[0].finding.trace;
    EXPECT_EQ(trace.steps.size(), 1u);
    Parameters expected;
    expected.rlimit_memlock = trace.header.parameters.rlimit_memlock;
    expected.files = trace.header.parameters.files;
    EXPECT_NE(expected.rlimit_memlock, unlimited);
    EXPECT_EQ(trace.header.parameters, expected);

    subject.takes_limits = false;
    EXPECT_TRUE(check_subject(subject, check_options(20'000)).found.empty());
}

}  // namespace
}  // namespace vmacheck
