// Four real programs against the model: how many calls agree outright, and what explains each of the others. Exact
// counts: a change of the model that moves one of them has to be understood.
#include "checker/conform/conform.hpp"
#include "checker/conform/layout_comparison.hpp"
#include "checker/conform/lockstep.hpp"
#include "checker/run/replay.hpp"
#include "checker/subject/model_subject.hpp"
#include "checker/subject/recording.hpp"
#include "properties/observed/observed_properties.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace vmacheck {
namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string recording(const std::string& name) {
    return std::string(RECORDINGS_DIRECTORY) + "/" + name;
}

using Named = std::map<std::string, std::size_t>;  // cause -> how often

Named named(const std::vector<ExplainedDifference>& differences) {
    Named counts;
    for (const ExplainedDifference& each : differences) ++counts[std::string(info(each.cause).name)];
    return counts;
}

struct Expected {
    const char* name;
    std::size_t calls;
    std::size_t agreed;
    Named causes;
    std::size_t vmas = 0;  // of NAME.maps; 0: there is none
    std::size_t equal = 0;
    Named layout_causes{};
};

// How a test's listing shows it.
void PrintTo(const Expected& expected, std::ostream* out) {
    *out << expected.name;
}

const std::vector<Expected>& expected() {
    static const std::vector<Expected> all{
        {"cc1plus", 138, 135, {{"thp_alignment", 3}}},
        {"sqlite3", 64, 64, {}},
        {"python3", 186, 185, {{"thp_alignment", 1}}, 130, 128, {{"fault_unknown", 1}}},
        {"node", 1122, 1120, {{"thp_alignment", 2}}, 144, 140, {{"brk_joins_bss", 1}, {"map_stack_nohugepage", 1}}},
    };
    return all;
}

class Recordings : public testing::TestWithParam<Expected> {
protected:
    Recordings()
        : import(import_recording(text_of(recording(GetParam().name + std::string(".layout"))),
                                  text_of(recording(GetParam().name + std::string(".strace"))))) {
        import.trace.header.title = "recorded: " + std::string(GetParam().name) + ".strace";
    }
    Import import;
};

TEST_P(Recordings, CallsAgreeOrHaveACause) {
    const Lockstep lockstep = replay_in_lockstep(import);
    EXPECT_EQ(lockstep.calls, GetParam().calls);
    EXPECT_EQ(lockstep.agreed, GetParam().agreed);
    EXPECT_EQ(named(lockstep.differences), GetParam().causes);
    EXPECT_GE(lockstep.agreed * 100, lockstep.calls * 95);
    EXPECT_EQ(lockstep.counts()[static_cast<std::size_t>(KnownDifference::unexplained)], 0u);
}

// The address space is the one the execve of the log left: its first unhinted mapping went right below the vvar.
TEST_P(Recordings, NoAssumptionWasNeeded) {
    EXPECT_TRUE(import.notes.empty());
    EXPECT_EQ(import.trace.header.parameters.mmap_base, 0x7ffff7fffu);
    EXPECT_EQ(import.skip_counts()[static_cast<std::size_t>(SkipReason::not_modelled)], 0u);
}

TEST_P(Recordings, LayoutsAgreeOrHaveACause) {
    const Lockstep lockstep = replay_in_lockstep(import);
    ASSERT_EQ(lockstep.layouts.empty(), GetParam().vmas == 0);  // only python3 and node read their maps
    if (lockstep.layouts.empty()) return;
    const LayoutComparison comparison = compare_layout(
        import, lockstep.layouts.back(), parse_maps(text_of(recording(GetParam().name + std::string(".maps")))));
    EXPECT_EQ(comparison.vmas, GetParam().vmas);
    EXPECT_EQ(comparison.equal, GetParam().equal);
    EXPECT_EQ(named(comparison.differences), GetParam().layout_causes);
}

// The trace in the corpus is what the importer makes today, and holds with every property.
TEST_P(Recordings, CorpusIsUpToDateAndHolds) {
    const Lockstep lockstep = replay_in_lockstep(import);
    const std::string corpus = std::string(RECORDED_CORPUS) + "/" + GetParam().name + ".jsonl";
    EXPECT_EQ(write_trace(lockstep.trace), text_of(corpus));
    const ReadResult read = read_trace_file(corpus);
    ASSERT_TRUE(std::holds_alternative<Trace>(read));
    ReplayOptions options;
    options.checker = make_full_checker();
    const ReplayResult result = replay(std::get<Trace>(read), options);
    EXPECT_EQ(result.verdict, Verdict::holds);
    EXPECT_EQ(result.compared, lockstep.trace.steps.size());
}

// The recorded kernel and the model as two subjects of equal standing.
TEST_P(Recordings, TheModelConformsToTheAdjustedTrace) {
    const Trace trace = replay_in_lockstep(import).trace;
    Recording kernel(trace);
    ModelSubject model;
    const ConformResult result = conform(trace.header, trace.steps, kernel, model);
    EXPECT_EQ(result.verdict(), Verdict::holds);
    EXPECT_EQ(result.steps, trace.steps.size());
    EXPECT_EQ(result.compared, trace.steps.size());  // a log shows errors and values alone
}

// What a running kernel showed of itself in /proc/self/maps.
TEST_P(Recordings, TheMapsTextHasTheObservedProperties) {
    if (GetParam().vmas == 0) return;
    const auto lines = parse_maps(text_of(recording(GetParam().name + std::string(".maps"))));
    Observation observation;
    observation.processes[0] = observe_maps(layout_of_maps(lines, import.trace.header.parameters.task_size));
    EXPECT_EQ(observation.processes[0].vmas.size(), GetParam().vmas);
    Report report;
    check_observation(observation, report);
    EXPECT_TRUE(report.empty()) << report.violations().front().text;
}

INSTANTIATE_TEST_SUITE_P(Programs, Recordings, testing::ValuesIn(expected()),
                         [](const testing::TestParamInfo<Expected>& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace vmacheck
