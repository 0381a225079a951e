// Which trace reaches a cell first, and with which step.
#include "checker/campaign/trace_engine.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

const std::string header = R"({"vmacheck-trace":1,"profile":"v6.18","expect":"holds"})"
                           "\n";
const std::string map_a_page =
    R"({"op":"mmap","addr":"0x10000","len":"0x1000","prot":["READ"],"flags":["PRIVATE","FIXED","ANONYMOUS"]})"
    "\n";
const std::string unmap_it = R"({"op":"munmap","addr":"0x10000","len":"0x1000"})"
                             "\n";

TEST(CellsOfTraces, AreThoseOfTheFirstTraceUpToTheStepThatReachesThem) {
    const std::vector<CorpusTrace> traces{{"a.jsonl", header + map_a_page + map_a_page, true},
                                          {"b.jsonl", header + map_a_page + unmap_it + unmap_it, true}};
    const auto cells = cells_of_traces({}, traces);
    const CellTrace& mapped = cells.at("errno/mmap/ok");
    EXPECT_EQ(mapped.path, "a.jsonl");
    EXPECT_EQ(mapped.trace.steps.size(), 1u);
    EXPECT_EQ(mapped.trace.header.profile, CampaignConfig().setup.profile) << "the model is the campaign's";
    const CellTrace& unmapped = cells.at("errno/munmap/ok");
    EXPECT_EQ(unmapped.path, "b.jsonl");
    EXPECT_EQ(unmapped.trace.steps.size(), 2u);
    EXPECT_EQ(unmapped.trace.steps.back().op.kind, OpKind::munmap);
    EXPECT_EQ(cells.count("errno/munmap/EINVAL"), 0u);
}

}  // namespace
}  // namespace vmacheck
