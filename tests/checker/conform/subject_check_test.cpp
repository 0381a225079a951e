// Random operations, traces and tours on the model and a subject; what differs, minimised.
#include "checker/conform/subject_check.hpp"

#include "checker/conform/pair_run.hpp"
#include "checker/conform/subject_differences.hpp"
#include "checker/exhaustive/built_in_scopes.hpp"
#include "tests/checker/conform/check_options.hpp"
#include "tests/checker/conform/other_model.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

// How often the model performed an operation.
std::uint64_t performed(const Coverage& coverage, OpKind kind) {
    std::uint64_t sum = 0;
    for (const std::uint64_t each : coverage.outcomes.at(static_cast<std::size_t>(kind))) sum += each;
    return sum;
}

TEST(RandomConform, TheModelConformsToItself) {
    ModelSubject subject;
    const RandomConformOptions options = random_options(8000);
    std::size_t found = 0;
    const RandomConformResult result = random_conform(subject, options, [&](Finding&&) { ++found; });
    EXPECT_EQ(found, 0u);
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.steps, 8000u);
    EXPECT_EQ(result.cases, 8u);
    EXPECT_GE(result.compared, 2 * result.steps) << "a result and a layout each";
}

TEST(RandomConform, TheSameSeedGivesTheSameRun) {
    std::vector<std::string> found[2];
    std::uint64_t compared[2] = {};
    for (int i = 0; i < 2; ++i) {
        OtherModel subject("v5.10-loose", {});
        const RandomConformOptions options = random_options(5000);
        compared[i] =
            random_conform(subject, options, [&](Finding&& each) { found[i].push_back(each.text()); }).compared;
    }
    EXPECT_FALSE(found[0].empty());
    EXPECT_EQ(found[0], found[1]);
    EXPECT_EQ(compared[0], compared[1]);
}

TEST(RandomConform, ADifferenceEndsItsCaseAndTheNextBeginsAnew) {
    OtherModel subject("v5.10-loose", {});
    const RandomConformOptions options = random_options(20'000);
    std::size_t found = 0;
    const RandomConformResult result = random_conform(subject, options, [&](Finding&& each) {
        ++found;
        std::vector<Op<Plain>> ops;
        for (const TraceStep& step : each.trace.steps) ops.push_back(step.op);
        EXPECT_EQ(run_pair(each.trace.header, ops, subject).step, ops.size()) << "the last operation shows it";
        ops.pop_back();
        EXPECT_FALSE(run_pair(each.trace.header, ops, subject)) << "and none before it";
    });
    EXPECT_GT(found, 3u);
    EXPECT_EQ(result.differing, found);
    EXPECT_EQ(result.not_repeated, 0u);
    EXPECT_TRUE(result.complete);
}

TEST(RandomConform, WhatTheSubjectRefusesTheModelDoesNotPerform) {
    ChangedModel subject;
    subject.refused = [](const Op<Plain>& op) { return op.kind == OpKind::mremap; };
    const RandomConformOptions options = random_options(3000);
    const RandomConformResult result = random_conform(subject, options, {});
    EXPECT_EQ(performed(result.coverage, OpKind::mremap), 0u);
    EXPECT_GT(performed(result.coverage, OpKind::mmap), 0u);
    EXPECT_GT(result.left_out.at("it has no mremap"), 100u);
    EXPECT_EQ(result.differing, 0u);
}

TEST(RandomConform, TheVmaMixHasFourCallsOfOneProcess) {
    ModelSubject subject;
    RandomConformOptions options = random_options(3000);
    options.vma_only = true;
    const RandomConformResult result = random_conform(subject, options, {});
    std::uint64_t four = 0;
    for (const OpKind each : {OpKind::mmap, OpKind::munmap, OpKind::mprotect, OpKind::madvise})
        four += performed(result.coverage, each);
    EXPECT_EQ(result.steps, 3000u);
    // Macro-operations may put a fault or another call between them.
    EXPECT_GT(four, 2500u);
    EXPECT_EQ(performed(result.coverage, OpKind::fork), 0u);
}

TEST(SubjectCheck, ASubjectThatPerformsNothingIsUndecided) {
    ChangedModel subject;
    subject.refused = [](const Op<Plain>&) { return true; };
    const SubjectCheckResult result = check_subject(subject, check_options(1000));
    EXPECT_EQ(result.steps(), 0u);
    EXPECT_EQ(result.ended, "in 20 cases no operation was performed");
    EXPECT_EQ(result.verdict(), Verdict::undecided);
}

TEST(SubjectCheck, WhatFollowsARefusalInATraceIsLeftOut) {
    ChangedModel subject;
    subject.change = [](const Op<Plain>& op, Answer& answer) {
        if (op.kind == OpKind::munmap) answer.refusal = "not now";
    };
    SubjectCheckOptions options = check_options(0);
    options.traces.emplace_back().steps.resize(2);
    options.traces[0].steps[0].op.kind = OpKind::munlockall;
    const SubjectCheckResult result = check_subject(subject, options);
    EXPECT_EQ(result.steps(), 1u);
    EXPECT_EQ(result.left_out.at("refused in its turn, and so is the rest: not now"), 1u);
    EXPECT_EQ(result.not_repeated, 0u);
}

TEST(SubjectCheck, WhatOnlyHappensOnceIsUndecided) {
    ChangedModel subject;
    std::size_t steps = 0;
    subject.change = [&](const Op<Plain>&, Answer& answer) {
        if (++steps == 700) answer.seen.error = Errno::ebusy;
    };
    const SubjectCheckResult result = check_subject(subject, check_options(3000));
    EXPECT_EQ(result.not_repeated, 1u);
    EXPECT_TRUE(result.found.empty());
    EXPECT_EQ(result.verdict(), Verdict::undecided);
}

TEST(SubjectCheck, AnotherErrnoIsMinimisedToItsCall) {
    ChangedModel subject;
    subject.change = [](const Op<Plain>& op, Answer& answer) {
        if (op.kind == OpKind::mmap && answer.seen.error == Errno::eexist)
            answer.seen = {.error = Errno::ok, .value = 0x7000};
    };
    const SubjectCheckResult result = check_subject(subject, check_options(20'000));
    ASSERT_EQ(result.found.size(), 1u);
    const Finding& finding = result.found[0].finding;
    EXPECT_EQ(finding.property(), "result-agrees");
    EXPECT_EQ(finding.text(), "ret: expected EEXIST, is 0x7000");
    EXPECT_EQ(finding.trace.steps.size(), 2u) << "a mapping, and one that must not replace it";
    EXPECT_FALSE(result.found[0].on_subject);
    EXPECT_EQ(result.verdict(), Verdict::differs);
}

TEST(SubjectCheck, ASubjectThatContradictsItselfIsViolated) {
    OtherModel subject("v5.10", {"merge-map-count-kept"});
    const SubjectCheckResult result = check_subject(subject, check_options(20'000));
    ASSERT_FALSE(result.found.empty());
    EXPECT_TRUE(result.found[0].on_subject);
    EXPECT_EQ(result.found[0].finding.property(), "observed-map-count");
    EXPECT_LE(result.found[0].finding.trace.steps.size(), 3u);
    EXPECT_EQ(result.verdict(), Verdict::violated);
}

TEST(SubjectCheck, ATourFindsWhatItsScopeCanShow) {
    OtherModel subject("v5.10", {"merge-map-count-kept"});
    SubjectCheckOptions options = check_options(0);
    options.scopes = {*built_in_scope("peer", 3)};
    const SubjectCheckResult result = check_subject(subject, options);
    ASSERT_EQ(result.sources.size(), 2u);
    EXPECT_EQ(result.sources[1].name, "tour of peer");
    EXPECT_GT(result.sources[1].steps, 300u);
    EXPECT_EQ(result.verdict(), Verdict::violated);
    ModelSubject same;
    EXPECT_EQ(check_subject(same, options).verdict(), Verdict::holds);
}

// A finding whose last operation is this.
Finding finding_of(Op<Plain> last, const std::string& text, bool registered) {
    Finding finding;
    finding.trace.steps.resize(registered ? 2 : 1);
    finding.trace.steps.front().op.kind = OpKind::uffd_register;
    finding.trace.steps.back().op = last;
    finding.violations = {{"result-agrees", text}};
    return finding;
}

TEST(KnownDifferences, AreMatchedByOperationAndResult) {
    const auto name_of = [](const Finding& finding) -> std::string_view {
        const SubjectDifference* known = known_subject_difference(finding);
        return known != nullptr ? known->name : "";
    };
    Op<Plain> access;
    access.kind = OpKind::fault;
    access.access = Access::exec;
    EXPECT_EQ(name_of(finding_of(access, "ret: expected SIGSEGV, is SIGBUS", true)), "exec-of-missing-page");
    EXPECT_EQ(name_of(finding_of(access, "ret: expected SIGBUS, is SIGSEGV", true)), "");
    access.access = Access::read;
    EXPECT_EQ(name_of(finding_of(access, "ret: expected SIGSEGV, is SIGBUS", true)), "");
    EXPECT_EQ(name_of(finding_of(access, "ret: expected SIGBUS, is 0", true)), "cached-page");
    EXPECT_EQ(name_of(finding_of(access, "ret: expected 0, is SIGBUS", true)), "");
    Op<Plain> lock;
    lock.kind = OpKind::mlock;
    EXPECT_EQ(name_of(finding_of(lock, "ret: expected ENOMEM, is 0", true)), "long-population");
    EXPECT_EQ(name_of(finding_of(lock, "ret: expected ENOMEM, is 0", false)), "");
    Op<Plain> registration;
    registration.kind = OpKind::uffd_unregister;
    EXPECT_EQ(name_of(finding_of(registration, "ret: expected ENOMEM, is EINVAL", false)), "");
    registration.addr = Bytes<Plain>::pages(15);
    EXPECT_EQ(name_of(finding_of(registration, "ret: expected EINVAL, is 0", false)), "registration-below-min-addr");
    registration.addr = Bytes<Plain>::pages(16);
    EXPECT_EQ(name_of(finding_of(registration, "ret: expected EINVAL, is 0", false)), "");
    Op<Plain> advice;
    advice.kind = OpKind::madvise;
    advice.advice = Advice::remove;
    EXPECT_EQ(name_of(finding_of(advice, "ret: expected 0, is EINVAL", false)), "");
    Finding far = finding_of(advice, "ret: expected 0, is EINVAL", true);
    far.trace.steps.front().op.kind = OpKind::mmap;
    far.trace.steps.front().op.offset = Bytes<Plain>::pages(std::uint64_t{1} << 51);
    EXPECT_EQ(name_of(far), "hole-beyond-the-end");
    EXPECT_EQ(name_of(finding_of(advice, "ret: expected 0, is EOPNOTSUPP", false)), "no-holes");
    advice.advice = Advice::free;
    EXPECT_EQ(name_of(finding_of(advice, "ret: expected 0, is EINVAL", false)), "");
    Op<Plain> growth;
    growth.kind = OpKind::mremap;
    growth.new_len = Bytes<Plain>::pages(~std::uint64_t{0} / page_size - 1);
    EXPECT_EQ(name_of(finding_of(growth, "ret: expected ENOMEM, is EAGAIN", false)), "locked-growth-in-pages");
    EXPECT_EQ(name_of(finding_of(growth, "ret: expected 0, is EAGAIN", false)), "");
    growth.new_len = Bytes<Plain>::pages(std::uint64_t{1} << 50);
    EXPECT_EQ(name_of(finding_of(growth, "ret: expected ENOMEM, is EAGAIN", false)), "");
    Op<Plain> at_the_top;
    at_the_top.kind = OpKind::mmap;
    at_the_top.flags = map::fixed;
    at_the_top.addr = Bytes<Plain>::from(~std::uint64_t{0});
    EXPECT_EQ(name_of(finding_of(at_the_top, "ret: expected ENOMEM, is EPERM", false)), "fixed-at-the-top");
    at_the_top.addr = Bytes<Plain>::from(~std::uint64_t{4095});
    EXPECT_EQ(name_of(finding_of(at_the_top, "ret: expected ENOMEM, is EPERM", false)), "");
}

TEST(SubjectCheck, OffsetsAreThoseThatACallCanName) {
    ChangedModel subject;
    bool last = false;
    subject.change = [&last](const Op<Plain>& op, Answer&) {
        EXPECT_LT(op.offset.page, pages_in_64_bits);
        last |= op.kind == OpKind::mmap && op.offset.page >= pages_in_64_bits - 8;
    };
    check_subject(subject, check_options(40'000));
    EXPECT_TRUE(last);
}

TEST(SubjectCheck, AKnownDifferenceIsCountedAndIsNone) {
    ChangedModel subject;
    subject.change = [](const Op<Plain>& op, Answer& answer) {
        const bool removes = op.kind == OpKind::madvise && op.advice == Advice::remove;
        if (removes && answer.seen.error == Errno::ok) answer.seen.error = Errno::eopnotsupp;
    };
    const SubjectCheckResult result = check_subject(subject, check_options(40'000));
    EXPECT_GT(result.known.count("no-holes"), 0u);
    EXPECT_TRUE(result.found.empty());
    EXPECT_EQ(result.verdict(), Verdict::holds);
    std::uint64_t differing = 0;
    for (const SourceTotal& each : result.sources) differing += each.differing;
    std::uint64_t known = 0;
    for (const auto& [name, times] : result.known) known += times;
    EXPECT_EQ(known, differing);
}

TEST(SubjectCheck, KindsThatWereNotLookedAtAreUndecided) {
    SubjectCheckResult result;
    result.complete = true;
    result.sources = {{.name = "random", .traces = 1, .steps = 1}};
    EXPECT_EQ(result.verdict(), Verdict::holds);
    result.kinds_not_kept = 1;
    EXPECT_EQ(result.verdict(), Verdict::undecided);
}

TEST(SubjectCheck, AnAccidentIsNoKindOfItsOwn) {
    Finding one;
    one.trace.steps.resize(1);
    one.violations = {{"result-agrees", "ret: expected EFAULT, is 0x7ffff7ff3000"}};
    Finding other = one;
    other.violations = {{"result-agrees", "ret: expected EFAULT, is 0x10000"}};
    EXPECT_EQ(kind_of(one), kind_of(other));
    other.violations = {{"result-agrees", "ret: expected EINVAL, is 0x10000"}};
    EXPECT_NE(kind_of(one), kind_of(other));
}

TEST(SubjectCheck, WhatACallBreaksThatFailsDoesNotHideWhatOneBreaksThatSucceeds) {
    Finding moved;
    moved.trace.steps.resize(1);
    moved.trace.steps[0].op.kind = OpKind::mremap;
    moved.violations = {{"committed", "vm_committed_as is 2, and VMAs and objects are charged 1"}};
    Finding failed = moved;
    failed.trace.steps[0].seen.error = Errno::einval;
    Finding copied = moved;
    copied.trace.steps[0].op.call_flags = mremap::maymove | mremap::dontunmap;
    EXPECT_NE(kind_of(moved), kind_of(failed));
    EXPECT_NE(kind_of(moved), kind_of(copied));
    moved.trace.steps[0].seen.error = Errno::ok;
    copied.trace.steps[0].op.call_flags = mremap::maymove;
    EXPECT_EQ(kind_of(moved), kind_of(copied));
}

}  // namespace
}  // namespace vmacheck
