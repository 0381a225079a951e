// The table of known differences: each row's trace shows it where it can.
#include "checker/conform/subject_check.hpp"
#include "checker/conform/subject_differences.hpp"
#include "checker/subject/named_subjects.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace vmacheck {
namespace {

std::string path_of(std::string_view name) {
    return std::string(KNOWN_TRACES) + "/" + std::string(name) + ".jsonl";
}

TEST(KnownTraces, EachRowHasOneAndEachBelongsToARow) {
    std::size_t there = 0;
    for (const auto& each : std::filesystem::directory_iterator(KNOWN_TRACES))
        there += each.path().extension() == ".jsonl" ? 1 : 0;
    EXPECT_EQ(there, subject_differences().size());
    for (const SubjectDifference& each : subject_differences())
        EXPECT_TRUE(std::filesystem::exists(path_of(each.name))) << each.name;
}

// What a kernel of this release does; an older or newer one may not show it.
TEST(KnownTraces, TheRunningKernelShowsThoseThatItCan) {
    const std::unique_ptr<Subject> subject = subject_named("running", {.agent = VMACHECK_AGENT});
    if (subject->hello().version.find(" 6.18") == std::string::npos)
        GTEST_SKIP() << "needs Linux 6.18; this is " << subject->hello().version;
    std::size_t shown = 0;
    for (const SubjectDifference& each : subject_differences()) {
        if (!each.on_running) continue;
        const auto read = read_trace_file(path_of(each.name));
        ASSERT_TRUE(std::holds_alternative<Trace>(read)) << each.name;
        SubjectCheckOptions options;
        options.traces = {std::get<Trace>(read)};
        options.random.ops = 0;
        options.random.setup.profile = "v6.18";
        options.random.setup.shipped = true;
        const SubjectCheckResult result = check_subject(*subject, options);
        EXPECT_EQ(result.known.count(std::string(each.name)), 1u) << each.name << " does not occur any more: remove it";
        EXPECT_TRUE(result.found.empty()) << each.name;
        ++shown;
    }
    EXPECT_GT(shown, 2u);
}

}  // namespace
}  // namespace vmacheck
