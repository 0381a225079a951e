// The model as a runner of traces for the minimiser: going back and on again is the same as starting anew.
#include "checker/run/model_runner.hpp"

#include "tests/support/found_traces.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

void expect_same(const RunResult& run, const Trace& trace) {
    const ReplayResult fresh = replayed(trace);
    ASSERT_EQ(run.violations, fresh.broken.violations);
    if (!run) return;
    EXPECT_EQ(run.step, fresh.broken.step);
    // The results that it says it saw are those that a replay sees.
    Trace stated = trace;
    for (std::size_t i = 0; i < run.results.size(); ++i) stated.steps[i].seen = run.results[i];
    const ReplayResult again = replayed(stated);
    EXPECT_TRUE(again.differences.empty());
    EXPECT_EQ(again.compared, run.results.size());
}

// Traces that each depart from the one before at some step: by an operation less, another operation, or the end.
TEST(ModelRunner, IsTheSameWhateverWasRunBefore) {
    std::size_t violated = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        RandomOptions options = options_with("adjust-gap-not-updated", seed, 100'000);
        options.setup.shipped = true;
        const RandomResult result = run_random(options);
        ASSERT_TRUE(result.found);
        const TraceRunner runner = model_runner();
        SplitMix64 random(seed);
        Trace trace = result.found->trace;
        expect_same(runner(trace), trace);
        for (int i = 0; i < 60 && trace.steps.size() > 1; ++i) {
            const std::size_t at = random.below(trace.steps.size());
            switch (random.below(4)) {
                case 0: trace.steps[at].op.len.page = 1; break;
                case 1: std::swap(trace.steps[at].op, trace.steps[random.below(trace.steps.size())].op); break;
                case 2: trace.header.parameters.max_map_count ^= random.below(3) == 0 ? 1 : 0; break;
                default: trace.steps.erase(trace.steps.begin() + static_cast<std::ptrdiff_t>(at));
            }
            const RunResult run = runner(trace);
            violated += run.violations.empty() ? 0 : 1;
            expect_same(run, trace);
            if (HasFatalFailure()) return;
        }
    }
    EXPECT_GT(violated, 20u);
    EXPECT_LT(violated, 340u);
}

TEST(ModelRunner, WhatCannotBeStartedHolds) {
    Trace trace;
    trace.header.profile = "no such version";
    EXPECT_TRUE(model_runner()(trace).violations.empty());
}

}  // namespace
}  // namespace vmacheck
