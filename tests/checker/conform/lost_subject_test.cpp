// Subjects that are lost on the way, whose processes end badly, or in which an allocation fails.
#include "checker/conform/subject_check.hpp"
#include "tests/checker/conform/check_options.hpp"
#include "tests/checker/conform/other_model.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace vmacheck {
namespace {

// Differs by an errno; the 20,000th step ends it in this way, and it cannot be started again.
void gives_eperm_and_is_gone(ChangedModel& subject, const std::function<void(Answer&)>& end) {
    const auto steps = std::make_shared<std::size_t>(0);
    constexpr std::size_t last = 20'000;
    subject.starts = [steps]() -> std::optional<std::string> {
        return *steps >= last ? std::optional<std::string>("gone") : std::nullopt;
    };
    subject.change = [steps, end](const Op<Plain>& op, Answer& answer) {
        if (op.kind == OpKind::munmap && answer.seen.error == Errno::einval) answer.seen.error = Errno::eperm;
        if (++*steps >= last) end(answer);
    };
}

TEST(RandomConform, ALostSubjectIsStartedAgain) {
    ChangedModel subject;
    std::size_t steps = 0;
    subject.change = [&](const Op<Plain>&, Answer&) {
        if (++steps == 1500) throw SubjectLost("ended with signal 11");
    };
    const RandomConformOptions options = random_options(4000);
    const RandomConformResult result = random_conform(subject, options, {});
    EXPECT_EQ(result.lost_times, 1u);
    EXPECT_TRUE(result.lost.empty());
    EXPECT_TRUE(result.complete);
}

TEST(RandomConform, ALossSaysHowAndAfterWhichOperations) {
    ChangedModel subject;
    std::vector<OpKind> performed;  // since the subject was started last
    bool once = false;
    subject.starts = [&]() -> std::optional<std::string> {
        if (!once) performed.clear();
        return std::nullopt;
    };
    subject.change = [&](const Op<Plain>& op, Answer&) {
        if (once) return;
        performed.push_back(op.kind);
        if (op.kind != OpKind::mremap || performed.size() < 300) return;
        once = true;
        throw SubjectLost("ended with signal 11");
    };
    const RandomConformResult result = random_conform(subject, random_options(4000), {});
    ASSERT_EQ(result.losses.size(), 1u);
    EXPECT_EQ(result.losses[0].how, "ended with signal 11");
    const std::vector<TraceStep>& steps = result.losses[0].trace.steps;
    ASSERT_GE(steps.size(), performed.size());
    for (std::size_t i = 0; i < performed.size(); ++i) EXPECT_EQ(steps[i].op.kind, performed[i]);
}

TEST(RandomConform, WhatASubjectReportsWhenItsProcessesEndIsAFindingAndIsMinimised) {
    ChangedModel subject;
    std::uint64_t dropped = 0;  // since the last start
    subject.starts = [&]() -> std::optional<std::string> {
        dropped = 0;
        return std::nullopt;
    };
    subject.change = [&](const Op<Plain>& op, const Answer& answer) {
        if (op.kind == OpKind::munmap && answer.seen.error == Errno::ok) ++dropped;
    };
    subject.ends = [&] {
        return dropped < 2 ? std::vector<Violation>()
                           : std::vector<Violation>{{"kernel-report", "BUG: Bad rss-counter state"}};
    };
    const SubjectCheckResult result = check_subject(subject, check_options(2000));
    ASSERT_EQ(result.found.size(), 1u);
    EXPECT_EQ(result.found[0].finding.property(), "kernel-report");
    EXPECT_TRUE(result.found[0].on_subject);
    EXPECT_EQ(result.found[0].finding.trace.steps.size(), 2u);
    EXPECT_EQ(result.verdict(), Verdict::violated);
}

TEST(RandomConform, WhatFollowsFromAFailedAllocationOfTheSubjectsOwnIsNotCompared) {
    ChangedModel subject;
    subject.fails_own_allocations = true;
    subject.change = [](const Op<Plain>& op, Answer& answer) {
        if (op.fail_alloc.nth == 0 || op.fail_alloc.nth > 3) return;
        answer.allocation_failed = true;
        answer.seen.error = Errno::enomem;
    };
    RandomConformOptions options = random_options(20'000);
    const RandomConformResult result = random_conform(subject, options, {});
    EXPECT_GT(result.failures, 10u);
    EXPECT_EQ(result.differing, 0u);
    EXPECT_TRUE(result.complete);
    options.failures = false;
    EXPECT_EQ(random_conform(subject, options, {}).failures, 0u);
}

TEST(RandomConform, WhatAFailedAllocationBreaksIsFoundAndMinimised) {
    ChangedModel subject;
    subject.fails_own_allocations = true;
    subject.change = [](const Op<Plain>& op, Answer& answer) {
        if (op.kind != OpKind::munmap || op.fail_alloc.nth < 3) return;
        answer.allocation_failed = true;
        answer.violations.push_back({"committed", "vm_committed_as is 2, and VMAs and objects are charged 1"});
    };
    const SubjectCheckResult result = check_subject(subject, check_options(20'000));
    ASSERT_EQ(result.found.size(), 1u);
    EXPECT_EQ(result.found[0].finding.property(), "committed");
    const std::vector<TraceStep>& steps = result.found[0].finding.trace.steps;
    ASSERT_EQ(steps.size(), 1u);
    EXPECT_EQ(steps[0].op.fail_alloc, (FailAlloc{AllocKind::any, 3}));
    EXPECT_EQ(result.verdict(), Verdict::violated);
}

TEST(RandomConform, MostShortCasesEndWithAFailureAndEachKindOfOperationHasIts) {
    ChangedModel subject;
    subject.fails_own_allocations = true;
    std::array<unsigned, static_cast<std::size_t>(OpKind::count)> failed{};
    subject.change = [&](const Op<Plain>& op, Answer& answer) {
        if (op.fail_alloc.nth == 0 || op.fail_alloc.nth > 3) return;
        answer.allocation_failed = true;
        ++failed.at(static_cast<std::size_t>(op.kind));
    };
    const RandomConformResult result = random_conform(subject, random_options(50'000), {});
    EXPECT_GT(result.failures, result.cases / 2);
    EXPECT_EQ(result.differing, 0u);
    for (const OpKind each :
         {OpKind::mmap, OpKind::munmap, OpKind::mprotect, OpKind::fork, OpKind::mlockall, OpKind::mremap})
        EXPECT_GT(failed.at(static_cast<std::size_t>(each)), 0u) << name(each);
}

// The failure itself breaks nothing; the second munmap after it does.
TEST(RandomConform, WhatAFailedAllocationLeavesBehindIsFoundInLaterOperations) {
    ChangedModel subject;
    subject.fails_own_allocations = true;
    bool failed = false;
    unsigned after = 0;
    subject.starts = [&]() -> std::optional<std::string> {
        failed = false;
        after = 0;
        return std::nullopt;
    };
    subject.change = [&](const Op<Plain>& op, Answer& answer) {
        if (failed) answer.seen.error = Errno::eperm;  // which is not compared
        if (failed && op.kind == OpKind::munmap && ++after == 2)
            answer.violations.push_back({"map-count", "it is 1, and the VMAs give 2"});
        if (op.kind == OpKind::mlock && op.fail_alloc.nth == 1) failed = answer.allocation_failed = true;
    };
    const SubjectCheckResult result = check_subject(subject, check_options(300'000));
    ASSERT_EQ(result.found.size(), 1u);
    EXPECT_EQ(result.found[0].finding.property(), "map-count");
    const std::vector<TraceStep>& steps = result.found[0].finding.trace.steps;
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[0].op.kind, OpKind::mlock);
    EXPECT_EQ(steps[1].op.kind, OpKind::munmap);
    EXPECT_EQ(steps[2].op.kind, OpKind::munmap);
}

TEST(SubjectCheck, WhatFollowsAFailedAllocationInATraceIsLeftOut) {
    ChangedModel subject;
    subject.fails_own_allocations = true;
    subject.change = [](const Op<Plain>& op, Answer& answer) { answer.allocation_failed = op.fail_alloc.nth == 1; };
    SubjectCheckOptions options = check_options(0);
    options.traces.emplace_back().steps.resize(3);
    for (TraceStep& each : options.traces[0].steps) each.op.kind = OpKind::munlockall;
    options.traces[0].steps[1].op.fail_alloc = {AllocKind::any, 1};
    const SubjectCheckResult result = check_subject(subject, options);
    EXPECT_EQ(result.steps(), 2u);
    EXPECT_EQ(result.failures, 1u);
    EXPECT_EQ(result.left_out.at("what follows an allocation that failed"), 1u);
    EXPECT_EQ(result.verdict(), Verdict::holds);
}

TEST(SubjectCheck, ALossInATraceIsKeptAndTheNextTraceIsPerformed) {
    ChangedModel subject;
    subject.change = [](const Op<Plain>& op, Answer&) {
        if (op.kind == OpKind::fork) throw SubjectLost("ended with signal 11");
    };
    SubjectCheckOptions options = check_options(0);
    options.traces.resize(2);
    options.traces[0].steps.resize(2);
    options.traces[0].steps[1].op.kind = OpKind::fork;
    options.traces[1].steps.resize(1);
    for (Trace& each : options.traces) each.steps[0].op.kind = OpKind::munlockall;
    const SubjectCheckResult result = check_subject(subject, options);
    EXPECT_EQ(result.lost_times, 1u);
    ASSERT_EQ(result.losses.size(), 1u);
    EXPECT_EQ(result.losses[0].how, "ended with signal 11");
    EXPECT_EQ(result.losses[0].trace.steps.size(), 2u);
    EXPECT_EQ(result.steps(), 1u);
    EXPECT_TRUE(result.lost.empty());
    EXPECT_EQ(result.verdict(), Verdict::undecided);
}

TEST(SubjectCheck, FindingsStayWhereACrashedSubjectCannotBeStartedAgain) {
    ChangedModel subject;
    gives_eperm_and_is_gone(subject, [](Answer& answer) {
        answer.violations.push_back({"kernel-report", "kernel BUG at mm/vma.c:1!"});
    });
    const SubjectCheckResult result = check_subject(subject, check_options(100'000));
    EXPECT_TRUE(result.error.empty());
    EXPECT_FALSE(result.lost.empty());
    EXPECT_FALSE(result.found.empty());
}

TEST(RandomConform, ASubjectThatCannotBeStartedAgainEndsTheRun) {
    ChangedModel subject;
    std::size_t steps = 0;
    bool gone = false;
    subject.starts = [&]() -> std::optional<std::string> {
        return gone ? std::optional<std::string>("gone") : std::nullopt;
    };
    subject.change = [&](const Op<Plain>&, Answer&) {
        if (++steps < 500) return;
        gone = true;
        throw SubjectLost("gave no answer for 60 s");
    };
    SubjectCheckOptions options = check_options(4000);
    const SubjectCheckResult result = check_subject(subject, options);
    EXPECT_EQ(result.lost, "gave no answer for 60 s; started again: gone");
    EXPECT_EQ(result.verdict(), Verdict::undecided);
}

TEST(SubjectCheck, WhatWasLostOnTheWayIsUndecidedThoughItWasStartedAgain) {
    ChangedModel subject;
    std::size_t steps = 0;
    subject.change = [&](const Op<Plain>&, Answer&) {
        if (++steps == 1500) throw SubjectLost("ended with signal 11");
    };
    const SubjectCheckResult result = check_subject(subject, check_options(4000));
    EXPECT_EQ(result.lost_times, 1u);
    EXPECT_EQ(result.verdict(), Verdict::undecided);
}

TEST(SubjectCheck, WhatASubjectShowedBeforeItWasLostIsReported) {
    ChangedModel subject;
    gives_eperm_and_is_gone(subject, [](Answer&) { throw SubjectLost("ended"); });
    const SubjectCheckResult result = check_subject(subject, check_options(100'000));
    EXPECT_FALSE(result.lost.empty());
    ASSERT_FALSE(result.found.empty());
    EXPECT_EQ(result.found[0].finding.text(), "ret: expected EINVAL, is EPERM");
    EXPECT_EQ(result.verdict(), Verdict::differs);
}

}  // namespace
}  // namespace vmacheck
