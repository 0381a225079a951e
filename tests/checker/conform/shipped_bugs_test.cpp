// Which of the bugs of its release a subject has no more.
#include "checker/conform/shipped_bugs.hpp"

#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "tests/checker/conform/other_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmacheck {
namespace {

std::vector<std::string> shipped_with(std::string_view profile) {
    std::vector<std::string> names;
    for (const FaultInfo& each : all_faults())
        if (profile_named(profile)->shipped.has(each.fault)) names.emplace_back(each.name);
    return names;
}

TEST(ShippedBugs, OfAKernelAsReleasedAllArePresent) {
    OtherModel subject("v6.12", shipped_with("v6.12"));
    const ShippedBugs bugs = shipped_bugs(subject, "v6.12", FAULT_TRACES);
    EXPECT_EQ(bugs.present, shipped_with("v6.12"));
    EXPECT_TRUE(bugs.fixed.empty());
}

TEST(ShippedBugs, ABugThatWasFixedSinceIsFound) {
    std::vector<std::string> left = shipped_with("v6.12");
    ASSERT_GT(std::erase(left, "dontunmap-locked-partial"), 0u);
    OtherModel subject("v6.12", left);
    const ShippedBugs bugs = shipped_bugs(subject, "v6.12", FAULT_TRACES);
    EXPECT_THAT(bugs.fixed, testing::ElementsAre("dontunmap-locked-partial"));
    EXPECT_EQ(bugs.present, left);
}

TEST(ShippedBugs, WithoutTheirTracesAllCountAsPresent) {
    OtherModel subject("v6.12", {});
    EXPECT_EQ(shipped_bugs(subject, "v6.12", "no/such/folder").present, shipped_with("v6.12"));
}

}  // namespace
}  // namespace vmacheck
