// The model and a recording as subjects: what each says it can do, does, shows, and refuses.
#include "checker/subject/model_subject.hpp"
#include "checker/subject/recording.hpp"
#include "tests/support/trace_text.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

const std::string two_steps =
    "{\"op\":\"mmap\",\"addr\":\"0x10000\",\"len\":\"0x2000\",\"prot\":[\"READ\",\"WRITE\"],"
    "\"flags\":[\"PRIVATE\",\"FIXED\",\"ANONYMOUS\"],\"ret\":\"0x10000\",\"map_count\":1}\n"
    "{\"op\":\"munmap\",\"addr\":\"0x11000\",\"len\":\"0x1000\",\"ret\":0,\"vmas\":[{\"start\":\"0x10000\","
    "\"end\":\"0x11000\",\"flags\":[\"READ\"]}]}\n";

TEST(ModelSubject, DoesWhatTheWorldDoesAndShowsEverything) {
    const Trace trace = trace_of(two_steps);
    ModelSubject model;
    EXPECT_EQ(model.reset(trace.header), std::nullopt);
    EXPECT_EQ(model.hello().name, "model");
    EXPECT_EQ(model.hello().version, "v5.10");
    EXPECT_TRUE(model.hello().capabilities.counters);
    const Answer mapped = model.step(trace.steps[0].op);
    EXPECT_EQ(mapped.seen.error, Errno::ok);
    EXPECT_EQ(mapped.seen.value, 0x10000u);
    EXPECT_TRUE(mapped.refusal.empty());
    model.step(trace.steps[1].op);
    const Observation all = model.observe({});
    EXPECT_EQ(all.processes[0].total_vm, 1u);
    ASSERT_EQ(all.processes[0].vmas.size(), 1u);
    EXPECT_EQ(all.processes[0].vmas[0].end, 0x11u);
    EXPECT_TRUE(all.processes[1].shown);
    EXPECT_FALSE(all.processes[1].alive);
    EXPECT_EQ(all.committed, 1);
    const Observation one = model.observe({.process = 0});
    EXPECT_EQ(one.processes[0], all.processes[0]);
    EXPECT_FALSE(one.processes[1].shown);
    EXPECT_EQ(one.committed, std::nullopt);
}

TEST(ModelSubject, StartsAnewAndSaysWhyItCannot) {
    const Trace trace = trace_of(two_steps);
    ModelSubject model;
    EXPECT_EQ(model.reset(trace.header), std::nullopt);
    model.step(trace.steps[0].op);
    EXPECT_EQ(model.reset(trace.header), std::nullopt);
    EXPECT_TRUE(model.observe({}).processes[0].vmas.empty());
    vmacheck::Setup unknown;
    unknown.profile = "v4.2";
    EXPECT_EQ(model.reset(unknown), "unknown profile 'v4.2'");
    EXPECT_EQ(model.world(), nullptr);
}

// A bug that the model's VM_BUG_ON meets is the subject's own violation, and the step shows no result.
TEST(ModelSubject, ReportsWhatItAbandons) {
    const ReadResult read = read_trace_file(FAULTS_DIRECTORY "/adjust-case6-no-import.jsonl");
    const Trace& trace = std::get<Trace>(read);
    ModelSubject model;
    ASSERT_EQ(model.reset(trace.header), std::nullopt);
    std::size_t violations = 0;
    for (const TraceStep& each : trace.steps) violations += model.step(each.op).violations.size();
    EXPECT_EQ(trace.header.expect->property, "bug-on");
    EXPECT_EQ(violations, 1u);
}

TEST(Recording, AnswersAsItWasRecorded) {
    const Trace trace = trace_of(two_steps, ",\"title\":\"two steps\"");
    Recording recording(trace);
    EXPECT_EQ(recording.hello().name, "recording");
    EXPECT_EQ(recording.hello().version, "two steps");
    EXPECT_EQ(recording.hello().capabilities,
              (Capabilities{.vmas = true, .counters = true, .fails_allocations = true, .starts_from_layout = true}));
    ASSERT_EQ(recording.reset(trace.header), std::nullopt);
    EXPECT_FALSE(recording.observe({}).processes[0].shown);
    EXPECT_EQ(recording.step(trace.steps[0].op).seen.value, 0x10000u);
    const ProcessView first = recording.observe({}).processes[0];
    EXPECT_EQ(first.map_count, 1u);
    EXPECT_FALSE(first.vmas_shown);
    EXPECT_EQ(recording.step(trace.steps[1].op).seen.error, Errno::ok);
    const ProcessView second = recording.observe({.process = 0}).processes[0];
    EXPECT_EQ(second.map_count, std::nullopt);
    ASSERT_TRUE(second.vmas_shown);
    EXPECT_EQ(second.vmas[0].end, 0x11u);
    EXPECT_FALSE(recording.observe({.process = 1}).processes[0].shown);
}

TEST(Recording, RefusesEveryOtherWay) {
    const Trace trace = trace_of(two_steps);
    Recording recording(trace);
    vmacheck::Setup other;
    other.parameters.max_map_count = 7;
    EXPECT_EQ(recording.reset(other), "recorded from another setup, and can start from its own only");
    ASSERT_EQ(recording.reset(trace.header), std::nullopt);
    EXPECT_EQ(recording.step(trace.steps[1].op).refusal,
              "the next recorded step is mmap(0x10000, 0x2000, READ|WRITE, PRIVATE|FIXED|ANONYMOUS, file 0, 0x0), not "
              "munmap(0x11000, 0x1000)");
    EXPECT_TRUE(recording.step(trace.steps[0].op).refusal.empty());  // the refused step was not taken
    EXPECT_TRUE(recording.step(trace.steps[1].op).refusal.empty());
    EXPECT_EQ(recording.step(trace.steps[1].op).refusal, "the recording ends after 2 steps");
}

}  // namespace
}  // namespace vmacheck
