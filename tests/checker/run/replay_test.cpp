// Replay: what a trace states is compared, and a wrong statement is reported.
#include "checker/run/replay.hpp"
#include "model/state/world.hpp"
#include "traces/format/reader.hpp"
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

Trace trace_of(const std::string& steps, const std::string& header_rest = "") {
    ReadResult result = read_trace("{\"vmacheck-trace\":1" + header_rest + "}\n" + steps);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe("trace", *error));
    return std::get<Trace>(std::move(result));
}

// case6 with one piece replaced.
Trace altered(const std::string& from, const std::string& to) {
    std::string steps = case6;
    const std::size_t at = steps.rfind(from);
    if (at == std::string::npos) throw std::runtime_error("nothing to replace: " + from);
    return trace_of(steps.replace(at, from.size(), to));
}

void expect_difference(const Trace& trace, const Difference& wanted) {
    const ReplayResult result = replay(trace);
    EXPECT_EQ(result.verdict, ReplayVerdict::differs);
    ASSERT_EQ(result.differences.size(), 1u);
    EXPECT_EQ(result.differences[0], wanted);
}

TEST(Replay, HoldsWhereAllIsAsStated) {
    const ReplayResult result = replay(trace_of(case6));
    EXPECT_EQ(result.verdict, ReplayVerdict::holds);
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

TEST(Replay, AViolatedStartEndsTheReplay) {
    ReplayOptions options;
    options.check = [](const World<Plain>&, const Op<Plain>& op, const Outcome<Plain>&, std::vector<Violation>& found) {
        if (op.kind == OpKind::count) found.push_back({"no-start", "was looked at"});
    };
    const ReplayResult result = replay(trace_of(case6), options);
    EXPECT_EQ(result.steps, 0u);
    ASSERT_EQ(result.violations.size(), 1u);
    EXPECT_EQ(result.violations[0], (FoundViolation{0, 1, {"no-start", "was looked at"}}));
}

// What only a look at the whole state shows is reported at the last step.
TEST(Replay, TheLastStateIsLookedAtAsAWhole) {
    int looked = 0;
    ReplayOptions options;
    options.check = [&](const World<Plain>& world, const Op<Plain>& op, const Outcome<Plain>&,
                        std::vector<Violation>& found) {
        if (op.kind == OpKind::count && ++looked == 2 && world.process(0)) found.push_back({"no-end", "was looked at"});
    };
    const ReplayResult result = replay(trace_of(case6), options);
    EXPECT_EQ(looked, 2);
    EXPECT_EQ(result.steps, 3u);
    ASSERT_EQ(result.violations.size(), 1u);
    EXPECT_EQ(result.violations[0], (FoundViolation{3, 4, {"no-end", "was looked at"}}));
    EXPECT_EQ(result.verdict, ReplayVerdict::violated);
}

TEST(Replay, ReportsAWrongStatement) {
    expect_difference(altered("\"ret\":0", "\"ret\":\"ENOMEM\""), {3, 4, "ret", "ENOMEM", "0"});
    expect_difference(altered("\"ret\":\"0x10000\"", "\"ret\":\"0x20000\""), {1, 2, "ret", "0x20000", "0x10000"});
    expect_difference(altered("\"map_count\":1", "\"map_count\":2"), {3, 4, "map_count", "2", "1"});
    expect_difference(
        altered("merge_case_6", "merge_case_7"),
        {3, 4, "events", "vma_removed, vma_removed, merge_case_7", "vma_removed, vma_removed, merge_case_6"});
    expect_difference(altered("\"pgoff\":16", "\"pgoff\":17"),
                      {3, 4, "vmas[0]", "0x10000-0x16000 READ|WRITE|MAYRWX|ACCOUNT pgoff 0x11 anon 0 chain 0",
                       "0x10000-0x16000 READ|WRITE|MAYRWX|ACCOUNT pgoff 0x10 anon 0 chain 0"});
    EXPECT_EQ(replay(altered("\"anon\":0", "\"anon\":1")).verdict, ReplayVerdict::differs);
    EXPECT_EQ(replay(altered("\"0x16000\"", "\"0x15000\"")).verdict, ReplayVerdict::differs);
}

TEST(Replay, EventsAreComparedInOrder) {
    EXPECT_EQ(
        replay(altered("\"vma_removed\",\"vma_removed\",\"merge_case_6\"", "\"merge_case_6\",\"vma_removed\"")).verdict,
        ReplayVerdict::differs);
    EXPECT_EQ(replay(altered("\"vma_removed\",\"vma_removed\",\"merge_case_6\"", "\"vma_removed\"")).verdict,
              ReplayVerdict::holds)
        << "others may lie between and around";
}

TEST(Replay, AViolationEndsIt) {
    ReplayOptions options;
    int calls = 0;
    options.check = [&calls](const World<Plain>&, const Op<Plain>& op, const Outcome<Plain>&,
                             std::vector<Violation>& found) {
        ++calls;
        if (op.kind == OpKind::mprotect) found.push_back({"no-mprotect", "was called"});
    };
    const ReplayResult result = replay(trace_of(case6), options);
    EXPECT_EQ(result.verdict, ReplayVerdict::violated);
    EXPECT_EQ(result.steps, 2u);
    EXPECT_EQ(calls, 3) << "the starting state and two steps";
    ASSERT_EQ(result.violations.size(), 1u);
    EXPECT_EQ(result.violations[0], (FoundViolation{2, 3, {"no-mprotect", "was called"}}));
}

TEST(Replay, ExpectationsAreMetExactly) {
    ReplayResult violated;
    violated.verdict = ReplayVerdict::violated;
    violated.violations = {{1, 2, {"map-count", ""}}};
    const ReplayResult holds;
    ReplayResult differs;
    differs.verdict = ReplayVerdict::differs;
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

TEST(Replay, FaultsOfTheHeaderAndOfTheOptionsCount) {
    const std::string hole =
        "{\"op\":\"mmap\",\"addr\":\"0x12000\",\"len\":\"0x1000\",\"prot\":[],\"flags\":[\"PRIVATE\",\"FIXED\","
        "\"ANONYMOUS\"]}\n"
        "{\"op\":\"mmap\",\"addr\":\"0x11000\",\"len\":\"0x1000\",\"prot\":[],\"flags\":[\"PRIVATE\",\"FIXED\","
        "\"ANONYMOUS\"],"
        "\"vmas\":[{\"start\":\"0x11000\",\"end\":\"0x13000\",\"flags\":[\"MAYRWX\"],\"pgoff\":17}]}";
    EXPECT_EQ(replay(trace_of(hole)).verdict, ReplayVerdict::holds);
    const Trace with_fault = trace_of(hole, ",\"faults\":[\"merge-case3-pgoff\"]");
    EXPECT_EQ(replay(with_fault).verdict, ReplayVerdict::differs);
    ReplayOptions repaired;
    repaired.faults.emplace();
    EXPECT_EQ(replay(with_fault, repaired).verdict, ReplayVerdict::holds);
}

TEST(Replay, ALayoutThatCannotBeIsAnError) {
    const ReplayResult result =
        replay(trace_of("",
                        ",\"layout\":[{\"vmas\":[{\"start\":\"0x2000\",\"end\":\"0x4000\",\"flags\":[]},"
                        "{\"start\":\"0x3000\",\"end\":\"0x5000\",\"flags\":[]}]}]"));
    EXPECT_EQ(result.verdict, ReplayVerdict::error);
    EXPECT_NE(result.error.find("overlaps"), std::string::npos) << result.error;
}

}  // namespace
}  // namespace vmacheck
