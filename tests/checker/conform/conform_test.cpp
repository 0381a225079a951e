// One subject against another: the model against its recordings, against itself with a bug, and against another profile.
#include "checker/conform/conform.hpp"

#include "checker/subject/model_subject.hpp"
#include "checker/subject/recording.hpp"
#include "tests/checker/conform/other_model.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace vmacheck {
namespace {

Trace read(const std::string& path) {
    ReadResult result = read_trace_file(path);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe(path, *error));
    return std::get<Trace>(std::move(result));
}

// The steps of a fault's trace, from a setup without the fault.
ConformResult model_against(const std::string& fault, std::vector<std::string> faults) {
    Trace trace = read(std::string(FAULTS_DIRECTORY) + "/" + fault + ".jsonl");
    trace.header.faults.clear();
    ModelSubject model;
    OtherModel other("v5.10", std::move(faults));
    return conform(trace.header, trace.steps, model, other);
}

TEST(Conform, TheModelDoesWhatTheCorpusStates) {
    std::size_t traces = 0;
    std::size_t compared = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(CORPUS_DIRECTORY)) {
        if (each.path().extension() != ".jsonl") continue;
        const Trace trace = read(each.path());
        if (trace.steps.size() > 200) continue;  // recordings.NoCallDiffers has the long ones
        Recording recording(trace);
        ModelSubject model;
        const ConformResult result = conform(trace.header, trace.steps, recording, model);
        EXPECT_TRUE(result.error.empty()) << each.path() << ": " << result.error;
        EXPECT_TRUE(result.ended.empty()) << each.path() << ": " << result.ended;
        EXPECT_TRUE(result.differences.empty()) << each.path() << " step " << result.steps;
        EXPECT_EQ(result.steps, trace.steps.size()) << each.path();
        ++traces;
        compared += result.compared;
    }
    EXPECT_GT(traces, 200u);
    EXPECT_GT(compared, 1000u);
}

TEST(Conform, AModelConformsToItself) {
    const ConformResult result = model_against("merge-map-count-kept", {});
    EXPECT_EQ(result.verdict(), Verdict::holds);
    EXPECT_GT(result.compared, 10u);
}

TEST(Conform, ABugShowsAsADifferenceAndInWhatTheSubjectShows) {
    const ConformResult result = model_against("merge-map-count-kept", {"merge-map-count-kept"});
    ASSERT_FALSE(result.differences.empty());
    EXPECT_EQ(result.differences[0].what, "map_count");
    ASSERT_FALSE(result.violations.empty());
    EXPECT_EQ(result.verdict(), Verdict::violated);
    EXPECT_EQ(result.violations[0].property, "observed-map-count");
}

TEST(Conform, ABugThatNoObservationShowsConforms) {
    EXPECT_EQ(model_against("gap-ignores-right-child", {"interval-last-kept"}).verdict(), Verdict::holds);
}

TEST(Conform, TheRunEndsAtTheFirstDifference) {
    const Trace trace = read(std::string(FAULTS_DIRECTORY) + "/merge-map-count-kept.jsonl");
    const ConformResult result = model_against("merge-map-count-kept", {"merge-map-count-kept"});
    EXPECT_LE(result.steps, trace.steps.size());
    ConformOptions results_only;
    results_only.observe = false;
    vmacheck::Setup setup = trace.header;
    setup.faults.clear();
    ModelSubject model;
    OtherModel other("v5.10", {"merge-map-count-kept"});
    const ConformResult blind = conform(setup, trace.steps, model, other, results_only);
    EXPECT_EQ(blind.verdict(), Verdict::holds);
    EXPECT_EQ(blind.steps, trace.steps.size());
    EXPECT_EQ(blind.compared, trace.steps.size());
}

TEST(Conform, WhatOneCannotDoIsLeftOut) {
    Trace trace = read(std::string(FAULTS_DIRECTORY) + "/merge-map-count-kept.jsonl");
    Recording recording(trace);
    ModelSubject model;
    std::vector<TraceStep> other_way = trace.steps;
    other_way[1].op.kind = OpKind::exit;
    const ConformResult result = conform(trace.header, other_way, recording, model);
    EXPECT_EQ(result.steps, 1u);
    EXPECT_EQ(result.verdict(), Verdict::undecided);
    EXPECT_NE(result.ended.find("the next recorded step is"), std::string::npos) << result.ended;
}

TEST(Conform, AStartThatOneRefusesIsAnError) {
    const Trace trace = read(std::string(FAULTS_DIRECTORY) + "/merge-map-count-kept.jsonl");
    Recording recording(trace);
    ModelSubject model;
    vmacheck::Setup other = trace.header;
    other.parameters.max_map_count = 3;
    const ConformResult result = conform(other, trace.steps, recording, model);
    EXPECT_NE(result.error.find("recorded from another setup"), std::string::npos) << result.error;
    EXPECT_EQ(result.verdict(), Verdict::bad_input);
    EXPECT_EQ(result.steps, 0u);
}

}  // namespace
}  // namespace vmacheck
