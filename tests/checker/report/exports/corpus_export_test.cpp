// Every trace of the corpus as a C program, under the policies that the running kernel has: each compiles without a
// warning, and finds what the model says. What is not exported, and what a program cannot have here, is named.
#include "checker/conform/probe.hpp"
#include "checker/conform/shipped_bugs.hpp"
#include "checker/report/exports/c_program.hpp"
#include "checker/run/setup.hpp"
#include "checker/subject/named_subjects.hpp"
#include "tests/checker/conform/record/missing_here.hpp"
#include "tests/checker/report/exports/compiled.hpp"
#include "traces/format/reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

namespace vmacheck {
namespace {

constexpr std::size_t shards = 16;

// After this trace Linux 6.18.44 counts more locked memory than its VMAs have (checker/conform/README.md).
constexpr std::string_view known_difference = "mremap/dontunmap-locked-part.jsonl";
// Where a read maps another page than the zero page, it gives the VMA an anon_vma as well.
constexpr std::string_view of_the_zero_page = "pages/thp-read-not-huge.jsonl";

bool is_known(const std::string& path) {
    return path == known_difference || (path == of_the_zero_page && !why_no_zero_page().empty());
}

std::vector<std::string> corpus() {
    std::vector<std::string> paths;
    for (const auto& each : std::filesystem::recursive_directory_iterator(CORPUS_DIRECTORY))
        if (each.path().extension() == ".jsonl")
            paths.push_back(std::filesystem::relative(each.path(), CORPUS_DIRECTORY).string());
    std::sort(paths.begin(), paths.end());
    return paths;
}

// The model of the running kernel: its policies, and the bugs that it was released with and still has. Found once a
// program.
const Setup& running() {
    static const Setup setup = [] {
        const auto subject = subject_named("running", {.agent = VMACHECK_AGENT});
        Setup found;
        found.profile = probe(*subject).settings;
        found.faults = shipped_bugs(*subject, found.profile, FAULTS_DIRECTORY).present;
        return found;
    }();
    return setup;
}

struct Outcome {
    std::string path;
    std::string no_program;  // why it is not exported
    ProgramRun run;
    std::string text;
};

void try_trace(Outcome& outcome) {
    auto read = read_trace_file(std::string(CORPUS_DIRECTORY) + "/" + outcome.path);
    Trace trace = std::get<Trace>(std::move(read));
    trace.header.profile = running().profile;
    trace.header.faults = running().faults;
    trace.header.shipped = false;
    auto program = c_program(trace);
    if (const auto* none = std::get_if<NoExport>(&program)) {
        outcome.no_program = none->why;
        return;
    }
    outcome.text = std::get<Exported>(program).text;
    outcome.run = compile_and_run(outcome.text);
}

class CorpusExport : public ::testing::TestWithParam<std::size_t> {};

TEST_P(CorpusExport, CompilesAndGetsWhatTheTraceSays) {
    if (!has_compiler()) GTEST_SKIP() << "no cc";
    std::vector<Outcome> outcomes;
    const std::vector<std::string> paths = corpus();
    for (std::size_t i = GetParam(); i < paths.size(); i += shards) outcomes.push_back({paths[i], {}, {}, {}});
    running();
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t at; (at = next++) < outcomes.size();) try_trace(outcomes[at]);
    };
    std::thread other(work);
    work();
    other.join();
    std::size_t as_expected = 0;
    std::size_t not_exported = 0;
    for (const Outcome& each : outcomes) {
        if (!each.no_program.empty()) {
            ++not_exported;
            fmt::print("not exported  {}: {}\n", each.path, each.no_program);
        } else if (each.run.status == 77) {
            fmt::print("not run       {}: {}", each.path, each.run.output);
        } else if (is_known(each.path) && each.run.status == 1) {
            fmt::print("known         {}: {}", each.path, each.run.output);
        } else {
            EXPECT_EQ(each.run.status, 0) << each.path << "\n" << each.run.output;
            as_expected += each.run.status == 0 ? 1 : 0;
        }
    }
    fmt::print("{} of {} as expected under {}\n", as_expected, outcomes.size(), model_name(running()));
    EXPECT_LE(not_exported * 2, outcomes.size()) << "most of the corpus can be exported";
    EXPECT_GE(as_expected * 2, outcomes.size()) << "half of the corpus runs on any kernel";
}

INSTANTIATE_TEST_SUITE_P(Shards, CorpusExport, ::testing::Range(std::size_t{0}, shards));

}  // namespace
}  // namespace vmacheck
