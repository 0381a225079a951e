// Random calls performed on a running 6.18.44 (tests/recordings/v6.18): the profile v6.18 gives every result and every
// VMA, and older profiles do not.
#include "checker/run/replay.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace vmacheck {
namespace {

std::vector<std::string> recordings() {
    std::vector<std::string> paths;
    for (const auto& each : std::filesystem::directory_iterator(RECORDINGS_DIRECTORY "/v6.18"))
        paths.push_back(each.path().string());
    std::sort(paths.begin(), paths.end());
    return paths;
}

ReplayResult replay_as(const std::string& path, const std::string& profile) {
    ReadResult read = read_trace_file(path);
    if (const auto* error = std::get_if<ReadError>(&read)) throw std::runtime_error(describe(path, *error));
    Trace trace = std::get<Trace>(std::move(read));
    trace.header.profile = profile;
    return replay(trace);
}

TEST(RunningKernel, GaveWhatItsProfileGives) {
    EXPECT_EQ(recordings().size(), 24u);
    for (const std::string& path : recordings()) {
        const ReplayResult result = replay_as(path, "v6.18");
        EXPECT_EQ(result.error, "") << path;
        EXPECT_EQ(result.verdict, Verdict::holds) << path;
        EXPECT_GE(result.steps, 40u) << path;
        EXPECT_GT(result.compared, result.steps) << path;
        for (const Difference& each : result.differences)
            ADD_FAILURE() << path << ": step " << each.step << ", " << each.what << ": model " << each.actual
                          << ", kernel " << each.expected;
    }
}

TEST(RunningKernel, DidNotDoAsOlderProfiles) {
    for (const char* profile : {"v5.10", "v6.1", "v6.12"}) {
        std::size_t different = 0;
        for (const std::string& path : recordings()) different += replay_as(path, profile).differences.empty() ? 0 : 1;
        EXPECT_GE(different, 5u) << profile;
    }
}

}  // namespace
}  // namespace vmacheck
