// Replay: what a trace states is compared, and a wrong statement is reported.
#include "checker/run/replay.hpp"

#include "model/state/world.hpp"
#include "tests/support/test_checker.hpp"
#include "tests/support/trace_text.hpp"
#include "traces/format/text.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

// Case 6 with its results.
const std::string case6 =
    "{\"op\":\"mmap\",\"addr\":\"0x10000\",\"len\":\"0x6000\",\"prot\":[\"READ\",\"WRITE\"],"
    "\"flags\":[\"PRIVATE\",\"FIXED\",\"ANONYMOUS\"],\"ret\":\"0x10000\"}\n"
    "{\"op\":\"mprotect\",\"addr\":\"0x12000\",\"len\":\"0x2000\",\"prot\":[\"READ\"],\"ret\":0,\"map_count\":3}\n"
    "{\"op\":\"mprotect\",\"addr\":\"0x12000\",\"len\":\"0x2000\",\"prot\":[\"READ\",\"WRITE\"],\"ret\":0,"
    "\"events\":[\"vma_removed\",\"vma_removed\",\"merge_case_6\"],\"map_count\":1,\"vmas\":[{\"start\":\"0x10000\","
    "\"end\":\"0x16000\",\"flags\":[\"READ\",\"WRITE\",\"MAYRWX\",\"ACCOUNT\"],\"pgoff\":16,\"anon\":0,\"chain\":0}]}"
    "\n";

// case6 with one piece replaced.
Trace altered(const std::string& from, const std::string& to) {
    std::string steps = case6;
    const std::size_t at = steps.rfind(from);
    if (at == std::string::npos) throw std::runtime_error("nothing to replace: " + from);
    return trace_of(steps.replace(at, from.size(), to));
}

void expect_difference(const Trace& trace, const Difference& wanted) {
    const ReplayResult result = replay(trace);
    EXPECT_EQ(result.verdict, Verdict::differs);
    ASSERT_EQ(result.differences.size(), 1u);
    EXPECT_EQ(result.differences[0], wanted);
}

TEST(Replay, HoldsWhereAllIsAsStated) {
    const ReplayResult result = replay(trace_of(case6));
    EXPECT_EQ(result.verdict, Verdict::holds);
    EXPECT_EQ(result.steps, 3u);
    EXPECT_EQ(result.compared, 7u);
    EXPECT_EQ(result.digest, replay(trace_of(case6)).digest);
}

TEST(Replay, PlacesAreNamed) {
    EXPECT_EQ(place_of(3, 4), "step 3 (line 4)");
    EXPECT_EQ(place_of(3, 0), "step 3");
    EXPECT_EQ(place_of(0, 1), "the starting layout (line 1)");
    EXPECT_EQ(plural(0, "step") + ", " + plural(1, "step") + ", " + plural(2, "step"), "0 steps, 1 step, 2 steps");
}

const std::vector<Violation> no_state{{"no-state", "was checked"}};

TEST(Replay, AViolatedStartEndsTheReplay) {
    const auto checker = std::make_shared<TestChecker>();
    checker->broken_at = 1;
    ReplayOptions options;
    options.checker = checker;
    const ReplayResult result = replay(trace_of(case6), options);
    EXPECT_EQ(result.steps, 0u);
    EXPECT_EQ(result.broken.violations, no_state);
    EXPECT_EQ(result.broken.step, 0u);
    EXPECT_FALSE(result.broken.at_end);
    EXPECT_EQ(result.line, 1u);
}

// What only a check of the whole state shows is reported at the last step.
TEST(Replay, TheLastStateIsCheckedAsAWhole) {
    const auto checker = std::make_shared<TestChecker>();
    checker->broken_at = 2;
    ReplayOptions options;
    options.checker = checker;
    const ReplayResult result = replay(trace_of(case6), options);
    EXPECT_EQ(checker->whole, 2);
    EXPECT_EQ(result.steps, 3u);
    EXPECT_EQ(result.broken.violations, no_state);
    EXPECT_EQ(result.broken.step, 3u);
    EXPECT_TRUE(result.broken.at_end);
    EXPECT_EQ(result.line, 4u);
    EXPECT_EQ(result.verdict, Verdict::violated);
}

TEST(Replay, ReportsAWrongStatement) {
    expect_difference(altered("\"ret\":0", "\"ret\":\"ENOMEM\""), {{"ret", "ENOMEM", "0"}, 3, 4});
    expect_difference(altered("\"ret\":\"0x10000\"", "\"ret\":\"0x20000\""), {{"ret", "0x20000", "0x10000"}, 1, 2});
    expect_difference(altered("\"map_count\":1", "\"map_count\":2"), {{"map_count", "2", "1"}, 3, 4});
    expect_difference(
        altered("merge_case_6", "merge_case_7"),
        {{"events", "vma_removed, vma_removed, merge_case_7", "vma_removed, vma_removed, merge_case_6"}, 3, 4});
    expect_difference(altered("\"pgoff\":16", "\"pgoff\":17"),
                      {{"vmas[0]", "0x10000-0x16000 READ|WRITE|MAYRWX|ACCOUNT pgoff 0x11 anon 0 chain 0",
                        "0x10000-0x16000 READ|WRITE|MAYRWX|ACCOUNT pgoff 0x10 anon 0 chain 0"},
                       3,
                       4});
    EXPECT_EQ(replay(altered("\"anon\":0", "\"anon\":1")).verdict, Verdict::differs);
    EXPECT_EQ(replay(altered("\"0x16000\"", "\"0x15000\"")).verdict, Verdict::differs);
}

TEST(Replay, EventsAreComparedInOrder) {
    EXPECT_EQ(
        replay(altered("\"vma_removed\",\"vma_removed\",\"merge_case_6\"", "\"merge_case_6\",\"vma_removed\"")).verdict,
        Verdict::differs);
    EXPECT_EQ(replay(altered("\"vma_removed\",\"vma_removed\",\"merge_case_6\"", "\"vma_removed\"")).verdict,
              Verdict::holds)
        << "others may lie between and around";
}

TEST(Replay, AViolationEndsIt) {
    const auto checker = std::make_shared<TestChecker>();
    checker->broken_by = OpKind::mprotect;
    ReplayOptions options;
    options.checker = checker;
    const ReplayResult result = replay(trace_of(case6), options);
    EXPECT_EQ(result.verdict, Verdict::violated);
    EXPECT_EQ(result.steps, 2u);
    EXPECT_EQ(checker->whole, 1) << "the starting state";
    EXPECT_EQ(checker->steps, 2);
    EXPECT_EQ(result.broken.violations, (std::vector<Violation>{{"no-step", "was called"}}));
    EXPECT_EQ(result.broken.step, 2u);
    EXPECT_EQ(result.line, 3u);
}

// An assumption of the model that breaks is reported like a property, and ends the replay; no expectation covers it.
TEST(Replay, ABrokenAssumptionEndsIt) {
    const auto checker = std::make_shared<TestChecker>();
    checker->assertion_in = OpKind::mprotect;
    ReplayOptions options;
    options.checker = checker;
    Trace trace = trace_of(case6);
    trace.header.expect = Expectation{true, ""};
    const ReplayResult result = replay(trace, options);
    EXPECT_EQ(result.verdict, Verdict::internal);
    ASSERT_NE(result.broken.find(internal_assertion_name), nullptr);
    EXPECT_NE(result.broken.violations.front().text.find("an assumption of the test"), std::string::npos);
    EXPECT_EQ(result.broken.step, 2u);
    EXPECT_FALSE(result.expectation_met);
}

TEST(Replay, ObserversSeeTheStartAndEachStep) {
    std::vector<std::string> seen;
    ReplayOptions options;
    options.begin = [&](const World<Plain>&) { seen.emplace_back("start"); };
    options.observe = [&](const TraceStep& step, const World<Plain>&, bool) { seen.emplace_back(name(step.op.kind)); };
    replay(trace_of(case6), options);
    EXPECT_EQ(seen, (std::vector<std::string>{"start", "mmap", "mprotect", "mprotect"}));
}

TEST(Replay, ExpectationsAreMetExactly) {
    ReplayResult violated;
    violated.verdict = Verdict::violated;
    violated.broken.violations = {{"map-count", ""}};
    const ReplayResult holds;
    ReplayResult differs;
    differs.verdict = Verdict::differs;
    differs.differences.push_back({});
    const Expectation any{true, ""};
    EXPECT_TRUE(meets(std::nullopt, holds));
    EXPECT_TRUE(meets(Expectation{}, holds));
    EXPECT_FALSE(meets(any, holds));
    EXPECT_TRUE(meets(any, violated));
    EXPECT_TRUE(meets(Expectation{true, "map-count"}, violated));
    EXPECT_FALSE(meets(Expectation{true, "other"}, violated));
    EXPECT_FALSE(meets(Expectation{}, violated));
    EXPECT_FALSE(meets(Expectation{}, differs));
    EXPECT_FALSE(meets(any, differs));
}

TEST(Replay, FaultsOfTheHeaderCount) {
    const std::string hole =
        "{\"op\":\"mmap\",\"addr\":\"0x12000\",\"len\":\"0x1000\",\"prot\":[],\"flags\":[\"PRIVATE\",\"FIXED\","
        "\"ANONYMOUS\"]}\n"
        "{\"op\":\"mmap\",\"addr\":\"0x11000\",\"len\":\"0x1000\",\"prot\":[],\"flags\":[\"PRIVATE\",\"FIXED\","
        "\"ANONYMOUS\"],"
        "\"vmas\":[{\"start\":\"0x11000\",\"end\":\"0x13000\",\"flags\":[\"MAYRWX\"],\"pgoff\":17}]}";
    EXPECT_EQ(replay(trace_of(hole)).verdict, Verdict::holds);
    Trace with_fault = trace_of(hole, ",\"faults\":[\"merge-case3-pgoff\"]");
    EXPECT_EQ(replay(with_fault).verdict, Verdict::differs);
    with_fault.header.faults.clear();
    EXPECT_EQ(replay(with_fault).verdict, Verdict::holds);
}

TEST(Replay, ALayoutThatCannotBeIsAnError) {
    const ReplayResult result =
        replay(trace_of("",
                        ",\"layout\":[{\"vmas\":[{\"start\":\"0x2000\",\"end\":\"0x4000\",\"flags\":[]},"
                        "{\"start\":\"0x3000\",\"end\":\"0x5000\",\"flags\":[]}]}]"));
    EXPECT_EQ(result.verdict, Verdict::bad_input);
    EXPECT_NE(result.error.find("overlaps"), std::string::npos) << result.error;
}

}  // namespace
}  // namespace vmacheck
