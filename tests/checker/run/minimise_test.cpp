// The minimiser: what it leaves cannot be made smaller, breaks the same property, and is the same each time.
#include "checker/run/minimise.hpp"

#include "checker/run/model_runner.hpp"
#include "checker/run/simplify/simplify.hpp"
#include "model/state/build.hpp"
#include "tests/support/found_traces.hpp"
#include "tests/support/trace_text.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

std::string mmap_line(const std::string& addr, const std::string& len, const std::string& rest = "") {
    return "{\"op\":\"mmap\",\"addr\":\"" + addr + "\",\"len\":\"" + len +
           "\",\"prot\":[\"READ\",\"WRITE\"],\"flags\":[\"PRIVATE\",\"FIXED\",\"ANONYMOUS\"" + rest + "]}\n";
}

// Breaks `property` at the first step that the predicate is true of.
template <class F>
TraceRunner breaking(const std::string& property, F is_wrong) {
    return [=](const Trace& trace) {
        RunResult run;
        for (std::size_t i = 0; i < trace.steps.size(); ++i) {
            run.results.emplace_back().error = Errno::ok;
            if (!is_wrong(trace.steps[i].op)) continue;
            run.violations = {{property, "as the test has it"}};
            run.step = i + 1;
            return run;
        }
        return RunResult();
    };
}

std::vector<std::string> lines_of(const Trace& trace) {
    std::vector<std::string> lines;
    for (const TraceStep& each : trace.steps) lines.push_back(write_step(each));
    return lines;
}

// What an engine leaves in fields that are no arguments of the call is gone, as if the trace were read from its text.
TEST(Minimise, FieldsThatAreNoArgumentsHaveTheirDefaults) {
    Trace trace = trace_of(mmap_line("0x20000", "0x3000"));
    trace.steps.front().op.new_len = Bytes<Plain>::pages(7);
    trace.steps.front().op.policy = 3;
    const auto minimised = minimise(trace, breaking("any", [](const Op<Plain>& op) {
                                        return op.kind == OpKind::mmap && op.new_len.zero() && op.policy == 0;
                                    }));
    ASSERT_TRUE(minimised);
    const TraceStep& step = minimised->finding.trace.steps.front();
    EXPECT_TRUE(step.op.new_len.zero());
    EXPECT_EQ(step.op.policy, 0);
    EXPECT_EQ(step.line, 2u) << "after the header";
}

TEST(Minimise, NothingComesOfATraceThatHolds) {
    const Trace trace = trace_of(mmap_line("0x20000", "0x3000"));
    EXPECT_FALSE(minimise(trace, model_runner()));
    EXPECT_FALSE(minimise(trace_of(""), model_runner()));
    EXPECT_FALSE(minimise(trace, breaking("a", [](const Op<Plain>&) { return true; }), "b"));
}

TEST(Minimise, ArgumentsBecomeAsSimpleAsTheyMay) {
    const std::string other = mmap_line("0x400000", "0x2000");
    const Trace trace = trace_of(other + mmap_line("0x345000", "0x9000", ",\"LOCKED\",\"NORESERVE\"") + other);
    const auto minimised = minimise(trace, breaking("locked", [](const Op<Plain>& op) {
                                        return (op.flags & map::locked) != 0 && op.len.page >= 3 && !op.addr.zero();
                                    }));
    ASSERT_TRUE(minimised);
    EXPECT_EQ(
        lines_of(minimised->finding.trace),
        (std::vector<std::string>{"{\"op\":\"mmap\",\"addr\":\"0x10000\",\"len\":\"0x3000\",\"prot\":[],\"flags\":["
                                  "\"PRIVATE\",\"FIXED\",\"ANONYMOUS\",\"LOCKED\"],\"ret\":\"ok\"}"}));
    EXPECT_EQ(minimised->finding.trace.header.expect, (Expectation{true, "locked"}));
}

TEST(Minimise, WhatStandsInTheHeaderGoesToo) {
    const Trace trace = trace_of(
        "{\"op\":\"munmap\",\"addr\":\"0x10000\",\"len\":\"0x2000\"}\n",
        ",\"shipped\":true,\"faults\":[\"av-fork-leak\"],\"parameters\":{\"max_map_count\":7,\"bottom_up\":true},"
        "\"files\":[{\"kind\":\"shmem\",\"name\":\"x\"}],\"layout\":[{\"proc\":0,\"vmas\":[{\"start\":\"0x10000\","
        "\"end\":\"0x12000\",\"flags\":[\"READ\",\"MAYRWX\"],\"anon\":1,\"chain\":[1]}]}]");
    const auto minimised =
        minimise(trace, breaking("any", [](const Op<Plain>& op) { return op.kind == OpKind::munmap; }));
    ASSERT_TRUE(minimised);
    EXPECT_EQ(write_header(minimised->finding.trace.header),
              "{\"vmacheck-trace\":1,\"profile\":\"v5.10\",\"expect\":{\"violated\":\"any\"}}");
}

// What is mapped lies 2^35 pages apart; a gap that closes by two pages at a time comes first.
TEST(Minimise, LargeGapsCloseAtOnce) {
    Trace trace =
        trace_of(mmap_line("0x10000", "0x1000") + mmap_line("0x7fffac278000", "0x4000") +
                     "{\"op\":\"uffd_register\",\"uffd\":1,\"addr\":\"0x7fffac279000\",\"len\":\"0x2000\","
                     "\"flags\":[\"MISSING\"]}\n"
                     "{\"op\":\"mremap\",\"addr\":\"0x7fffac279000\",\"len\":\"0x2000\",\"new_len\":\"0x2000\","
                     "\"flags\":[\"MAYMOVE\",\"FIXED\"],\"new_addr\":\"0x11000\"}\n",
                 ",\"faults\":[\"munmap-gap-not-updated\"]");
    const auto minimised = minimise(trace, model_runner());
    ASSERT_TRUE(minimised);
    EXPECT_LT(minimised->runs, 2000u);
}

TEST(Minimise, LimitsAreLowered) {
    const Trace trace = trace_of("{\"op\":\"munmap\",\"addr\":\"0x10000\",\"len\":\"0x2000\"}\n",
                                 ",\"parameters\":{\"max_map_count\":700,\"rlimit_as\":21}");
    const TraceRunner at_least_five = [](const Trace& each) {
        RunResult run;
        const Parameters& p = each.header.parameters;
        if (each.steps.empty() || p.max_map_count < 5 || p.max_map_count == Parameters().max_map_count) return run;
        if (p.rlimit_as == unlimited) return run;
        run.results.emplace_back().error = Errno::ok;
        run.violations = {{"any", "as the test has it"}};
        run.step = 1;
        return run;
    };
    const auto minimised = minimise(trace, at_least_five);
    ASSERT_TRUE(minimised);
    EXPECT_EQ(minimised->finding.trace.header.parameters.max_map_count, 5u);
    EXPECT_EQ(minimised->finding.trace.header.parameters.rlimit_as, 0u);
}

// Of many bugs the ones that matter stay.
TEST(Minimise, NamesTheBugThatMatters) {
    ReadResult read = read_trace_file(FAULTS_DIRECTORY "/stack-growth-charge.jsonl");
    Trace trace = std::get<Trace>(std::move(read));
    trace.header.faults = {"av-fork-leak"};
    trace.header.shipped = true;
    const auto minimised = minimise(trace, model_runner());
    ASSERT_TRUE(minimised);
    EXPECT_FALSE(minimised->finding.trace.header.shipped);
    EXPECT_EQ(minimised->finding.trace.header.faults, std::vector<std::string>{"stack-growth-charge"});
}

// Which pages are mapped is all that matters here, so that one mmap over both ranges does.
TEST(Minimise, TwoMappingsBecomeOneOverBothAndTheGap) {
    const TraceRunner subject = [](const Trace& trace) {
        RunResult run;
        bool low = false;
        bool high = false;
        for (const TraceStep& each : trace.steps) {
            const auto holds = [&each](std::uint64_t page) {
                return each.op.addr.page <= page && page < each.op.addr.page + each.op.len.page;
            };
            low |= holds(20);
            high |= holds(28);
            run.results.emplace_back().error = Errno::ok;
        }
        run.step = trace.steps.size();
        if (low && high) run.violations = {{"both", ""}};
        return low && high ? run : RunResult();
    };
    const auto minimised = minimise(trace_of(mmap_line("0x14000", "0x2000") + mmap_line("0x1c000", "0x1000")), subject);
    ASSERT_TRUE(minimised);
    ASSERT_EQ(minimised->finding.trace.steps.size(), 1u);
    EXPECT_EQ(minimised->finding.trace.steps[0].op.addr.page, 20u);
    EXPECT_EQ(minimised->finding.trace.steps[0].op.len.page, 9u);
}

// A shorter trace that breaks another property is no answer.
TEST(Minimise, KeepsToItsProperty) {
    const TraceRunner subject = [](const Trace& trace) {
        RunResult run;
        run.step = trace.steps.size();
        run.violations = {{trace.steps.size() >= 3 ? "wanted" : "other", ""}};
        return trace.steps.empty() ? RunResult() : run;
    };
    std::string steps;
    for (int i = 0; i < 9; ++i) steps += mmap_line("0x10000", "0x1000");
    const auto minimised = minimise(trace_of(steps), subject);
    ASSERT_TRUE(minimised);
    EXPECT_EQ(minimised->finding.property(), "wanted");
    EXPECT_EQ(minimised->finding.trace.steps.size(), 3u);
    EXPECT_FALSE(minimise(trace_of(mmap_line("0x10000", "0x1000")), subject, "wanted"));
}

TEST(Minimise, AStartingLayoutThatBreaksNeedsNoOperation) {
    const Trace trace = trace_of(
        mmap_line("0x20000", "0x1000"),
        ",\"layout\":[{\"proc\":0,\"vmas\":[{\"start\":\"0x10000\",\"end\":\"0x11000\",\"flags\":[\"READ\","
        "\"WRITE\",\"MAYREAD\"]},{\"start\":\"0x13000\",\"end\":\"0x14000\",\"flags\":[\"READ\",\"MAYRWX\"]}]}]");
    const auto minimised = minimise(trace, model_runner());
    ASSERT_TRUE(minimised);
    EXPECT_TRUE(minimised->finding.trace.steps.empty());
    ASSERT_EQ(minimised->finding.trace.header.layout.size(), 1u);
    EXPECT_EQ(minimised->finding.trace.header.layout[0].vmas.size(), 1u);
    EXPECT_TRUE(breaks(replayed(minimised->finding.trace), minimised->finding.property()));
}

// An assumption of the model that breaks is minimised as a property is.
TEST(Minimise, AnInternalAssertionIsStatedWithoutExpectation) {
    const auto minimised =
        minimise(trace_of(mmap_line("0x20000", "0x1000") + mmap_line("0x30000", "0x1000")),
                 breaking(std::string(internal_assertion_name), [](const Op<Plain>&) { return true; }));
    ASSERT_TRUE(minimised);
    EXPECT_EQ(minimised->finding.trace.steps.size(), 1u);
    EXPECT_FALSE(minimised->finding.trace.header.expect);
}

// What a minimised trace states of its steps.
std::vector<SeenResult> results_of(const Trace& trace) {
    std::vector<SeenResult> results;
    for (const TraceStep& each : trace.steps) results.push_back(each.seen);
    return results;
}

// Where the kernel puts each mapping depends on all before it, so that none can be left out as long as it chooses.
TEST(Minimise, LongTracesTakeFarFewerRunsThanTheyHaveOperations) {
    const std::string mmap = R"({"op":"mmap","len":"0x1000","prot":["READ"],"flags":["PRIVATE","ANONYMOUS"]})";
    Trace trace = trace_of(mmap, R"(,"faults":["munmap-partial-total-vm"])");
    const TraceStep one = trace.steps.front();
    trace.steps.assign(3000, one);
    for (std::size_t i = 0; i < trace.steps.size(); i += 2) trace.steps[i].op.prot |= prot::write;
    trace.steps.back().op.len = Bytes<Plain>::pages(4);
    const auto world = make_world<Plain>(trace.header);
    for (const TraceStep& each : trace.steps) world->apply(each.op);
    TraceStep hole;
    hole.op.kind = OpKind::munmap;
    hole.op.addr.page = world->outcome().value.page + 1;
    hole.op.len = Bytes<Plain>::pages(2);
    trace.steps.push_back(hole);
    const auto minimised = minimise(trace, model_runner());
    ASSERT_TRUE(minimised);
    EXPECT_LE(minimised->finding.trace.steps.size(), 3u);
    EXPECT_LT(minimised->runs, 1000u);
}

struct Planted {
    const char* fault;
    std::uint64_t seed;
};

class OneMinimal : public testing::TestWithParam<Planted> {};

// Every operation is needed, and no simplification is left: each is tried on a World of its own.
TEST_P(OneMinimal, NothingCanBeTakenAway) {
    const RandomResult result = run_random(options_with(GetParam().fault, GetParam().seed, 100'000));
    ASSERT_TRUE(result.found);
    const auto minimised = minimise(result.found->trace, model_runner());
    ASSERT_TRUE(minimised);
    const Trace& trace = minimised->finding.trace;
    const std::string& property = minimised->finding.property();
    EXPECT_EQ(property, result.found->property());
    EXPECT_TRUE(breaks(replayed(trace), property));
    EXPECT_LT(trace.steps.size(), 10u) << write_trace(trace);
    for (std::size_t i = 0; i < trace.steps.size(); ++i) {
        Trace without = trace;
        without.steps.erase(without.steps.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(breaks(replayed(without), property)) << "without step " << i + 1 << ":\n" << write_trace(trace);
    }
    std::size_t tried = 0;
    for (const Edit& edit : simplifications(trace, results_of(trace))) {
        Trace simpler = trace;
        edit(simpler);
        if (cost(simpler) >= cost(trace) || !can_be_written(simpler)) continue;
        ++tried;
        EXPECT_FALSE(breaks(replayed(simpler), property)) << write_trace(simpler) << "is simpler than\n"
                                                          << write_trace(trace);
    }
    EXPECT_GT(tried, 0u);

    const auto again = minimise(result.found->trace, model_runner());
    ASSERT_TRUE(again);
    EXPECT_EQ(write_trace(again->finding.trace), write_trace(trace));
    const auto once_more = minimise(trace, model_runner(), property);
    ASSERT_TRUE(once_more);
    EXPECT_EQ(write_trace(once_more->finding.trace), write_trace(trace)) << "what is minimal stays as it is";
}

std::string name_of(const testing::TestParamInfo<Planted>& info) {
    std::string name = info.param.fault + std::string("_") + std::to_string(info.param.seed);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Found, OneMinimal,
                         testing::Values(Planted{"av-double-reuse", 1}, Planted{"av-fork-shares-parent", 3},
                                         Planted{"adjust-gap-not-updated", 1}, Planted{"adjust-gap-not-updated", 5},
                                         Planted{"merge-case3-pgoff", 1}, Planted{"stack-growth-charge", 1},
                                         Planted{"av-degree-import-order", 3}, Planted{"movevma-munmap-fail-acct", 1},
                                         Planted{"adjust-case6-no-import", 1}, Planted{"wipeonfork-stale-pgoff", 2}),
                         name_of);

}  // namespace
}  // namespace vmacheck
