// The headline of a finding is the property that says most of the mistake: for each fault it is the one that its row
// names.
#include "model/faults/fault_table.hpp"

#include "checker/run/model_runner.hpp"
#include "properties/run/headline.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

Trace trace_of_fault(const FaultInfo& fault) {
    const std::string path = std::string(FAULTS_DIRECTORY) + "/" + std::string(fault.name) + ".jsonl";
    ReadResult read = read_trace_file(path);
    return std::get<Trace>(std::move(read));
}

TEST(Headline, OfEachFaultsTraceIsThePropertyOfItsRow) {
    const TraceRunner runner = model_runner();
    for (const FaultInfo& each : all_faults()) {
        const RunResult run = runner(trace_of_fault(each));
        ASSERT_TRUE(run) << each.name;
        EXPECT_EQ(run.violations.front().property, each.property) << each.name;
    }
}

std::vector<std::string> sorted(const std::vector<std::string>& properties) {
    std::vector<Violation> violations;
    for (const std::string& each : properties) violations.push_back({each, "a text"});
    put_headline_first(violations);
    std::vector<std::string> names;
    for (const Violation& each : violations) names.push_back(each.property);
    return names;
}

TEST(Headline, IsAStructureBeforeTheEffectsOnSums) {
    EXPECT_EQ(sorted({"touches-only", "total-vm", "page-map", "one-owner"}),
              (std::vector<std::string>{"one-owner", "page-map", "total-vm", "touches-only"}));
}

TEST(Headline, IsWhatTheModelMetBeforeAnyProperty) {
    EXPECT_EQ(sorted({"list-order", "bug-on"}), (std::vector<std::string>{"bug-on", "list-order"}));
}

}  // namespace
}  // namespace vmacheck
