// The corpus as a whole: its traces are canonical text, state results, and show every merge case.
#include "checker/run/replay.hpp"
#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/trace_files.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace vmacheck {
namespace {

// Those written to be checked by hand: all but the recordings.
std::vector<std::string> stated_corpus() {
    std::vector<std::string> paths = find_traces({CORPUS_DIRECTORY}).paths;
    std::erase_if(paths, [](const std::string& path) { return path.find("/recordings/") != std::string::npos; });
    return paths;
}

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Trace parsed(const std::string& path) {
    const ReadResult result = read_trace_file(path);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe(path, *error));
    return std::get<Trace>(result);
}

TEST(Corpus, IsWhatTheWriterWouldWrite) {
    ASSERT_GE(stated_corpus().size(), 400u);
    // Recordings may state a parameter that has its default today, so that a change of the default leaves them alone.
    for (const std::string& path : stated_corpus()) EXPECT_EQ(write_trace(parsed(path)), text_of(path)) << path;
}

TEST(Corpus, EveryTraceStatesAnExpectationAndResults) {
    for (const std::string& path : stated_corpus()) {
        const Trace trace = parsed(path);
        EXPECT_TRUE(trace.header.expect) << path;
        EXPECT_FALSE(trace.header.title.empty()) << path;
        for (const TraceStep& step : trace.steps) EXPECT_TRUE(step.seen.error) << path << " line " << step.line;
    }
}

TEST(Corpus, IsListedInItsReadmeWithTheTitleOfEach) {
    const std::string readme = text_of(CORPUS_DIRECTORY "/README.md");
    std::size_t links = 0;
    for (std::size_t at = readme.find(".jsonl)"); at != std::string::npos; at = readme.find(".jsonl)", at + 1)) ++links;
    EXPECT_EQ(links, stated_corpus().size());
    for (const std::string& path : stated_corpus()) {
        const std::string relative = path.substr(std::string_view(CORPUS_DIRECTORY "/").size());
        std::string title;
        for (const char each : parsed(path).header.title) title += each == '|' ? "\\|" : std::string(1, each);
        const std::string row = "](" + relative + ") | " + title + " |\n";
        EXPECT_NE(readme.find(row), std::string::npos) << relative;
    }
}

TEST(Corpus, ShowsEveryMergeCase) {
    std::set<int> cases;
    for (const std::string& path : stated_corpus())
        for (const TraceStep& step : parsed(path).steps)
            for (const Event event : step.seen.events) cases.insert(merge_case(event));
    cases.erase(0);
    EXPECT_EQ(cases, (std::set<int>{1, 2, 3, 4, 5, 6, 7, 8}));
}

// A corpus that agrees with anything would show nothing: each stated result is changed, and must be noticed.
TEST(Corpus, EveryStatedResultIsCompared) {
    for (const std::string& path : stated_corpus()) {
        const Trace trace = parsed(path);
        for (std::size_t i = 0; i < trace.steps.size(); ++i) {
            const auto differs = [&](auto change) {
                Trace wrong = trace;
                change(wrong.steps[i].seen);
                return replay(wrong).verdict == Verdict::differs;
            };
            EXPECT_TRUE(differs([](SeenResult& seen) {
                seen.error = seen.error == Errno::ok ? Errno::enfile : Errno::ok;
            })) << path
                << " step " << i + 1;
            if (trace.steps[i].seen.map_count) {
                EXPECT_TRUE(differs([](SeenResult& seen) { ++*seen.map_count; })) << path << " step " << i + 1;
            }
            if (!trace.steps[i].seen.vmas || trace.steps[i].seen.vmas->empty()) continue;
            if (trace.steps[i].seen.vmas->back().pgoff) {
                EXPECT_TRUE(differs([](SeenResult& seen) { ++*seen.vmas->back().pgoff; })) << path << " step " << i + 1;
            }
            if (trace.steps[i].seen.vmas->back().chain) {
                EXPECT_TRUE(differs([](SeenResult& seen) { ++*seen.vmas->back().chain; })) << path << " step " << i + 1;
            }
            if (trace.steps[i].seen.vmas->back().name) {
                EXPECT_TRUE(differs([](SeenResult& seen) { ++*seen.vmas->back().name; })) << path << " step " << i + 1;
            }
            if (trace.steps[i].seen.vmas->back().policy) {
                EXPECT_TRUE(differs([](SeenResult& seen) { ++*seen.vmas->back().policy; }))
                    << path << " step " << i + 1;
            }
            if (trace.steps[i].seen.vmas->back().uffd) {
                EXPECT_TRUE(differs([](SeenResult& seen) { ++*seen.vmas->back().uffd; })) << path << " step " << i + 1;
            }
            EXPECT_TRUE(differs([](SeenResult& seen) { seen.vmas->pop_back(); })) << path << " step " << i + 1;
        }
    }
}

TEST(Faults, EachHasATraceWhichHoldsWithoutIt) {
    for (const FaultInfo& each : all_faults()) {
        SCOPED_TRACE(each.name);
        Trace trace = parsed(FAULTS_DIRECTORY "/" + std::string(each.name) + ".jsonl");
        EXPECT_EQ(trace.header.faults, std::vector<std::string>{std::string(each.name)});
        ReplayOptions options;
        options.checker = make_full_checker();
        const ReplayResult with = replay(trace, options);
        EXPECT_TRUE(with.expectation_met);
        EXPECT_EQ(with.steps, trace.steps.size()) << "the trace continues after the property broke";
        trace.header.faults.clear();
        EXPECT_FALSE(replay(trace, options).broken);
    }
}

}  // namespace
}  // namespace vmacheck
