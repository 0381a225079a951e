// A VMA manager in another language, through the protocol: the model agrees with it, and finds what is planted in it.
#include "checker/conform/random_conform.hpp"
#include "checker/subject/named_subjects.hpp"
#include "checker/subject/packages.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

RandomConformResult run(const std::string& option, std::vector<Finding>& findings) {
    const auto subject = subject_named("exec:python3 " MANAGER + option);
    RandomConformOptions options;
    options.ops = 3000;
    options.vma_only = true;
    return random_conform(*subject, options, [&](Finding&& each) { findings.push_back(std::move(each)); });
}

TEST(PythonManager, AgreesWithTheModel) {
    if (!find_program("python3")) GTEST_SKIP() << "python3 is missing";
    std::vector<Finding> findings;
    const RandomConformResult result = run("", findings);
    EXPECT_EQ(result.error, "");
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.lost_times, 0u);
    for (const Finding& each : findings) ADD_FAILURE() << each.text();
    EXPECT_EQ(result.differing, 0u);
}

TEST(PythonManager, APlantedBugIsFound) {
    if (!find_program("python3")) GTEST_SKIP() << "python3 is missing";
    std::vector<Finding> findings;
    const RandomConformResult result = run(" --bug", findings);
    EXPECT_EQ(result.error, "");
    ASSERT_FALSE(findings.empty());
    for (const Finding& each : findings) EXPECT_EQ(each.trace.steps.back().op.kind, OpKind::mprotect);
}

}  // namespace
}  // namespace vmacheck
