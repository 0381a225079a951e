// A million random steps under each profile: every property holds.
#include "checker/random/engine.hpp"
#include "model/profiles/profile.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

class EachProfile : public testing::TestWithParam<std::string> {};

TEST_P(EachProfile, HoldsForAMillionSteps) {
    RandomOptions options;
    options.setup.profile = GetParam();
    options.seed = 17;
    options.ops = 1'000'000;
    options.jobs = 2;
    const RandomResult result = run_random(options);
    EXPECT_TRUE(result.complete);
    EXPECT_EQ(result.steps, options.ops);
    if (result.found) ADD_FAILURE() << result.found->property() << ": " << result.found->text();
}

INSTANTIATE_TEST_SUITE_P(Profiles, EachProfile,
                         testing::Values("v5.10", "v6.1", "v6.12", "v6.18", "v7.1", "v5.10-loose", "v5.10-anon-name",
                                         "v6.18+anon-names=without-file", "v6.12+huge-alignment=large"),
                         [](const auto& test) {
                             std::string name = test.param;
                             for (char& each : name)
                                 if (std::isalnum(static_cast<unsigned char>(each)) == 0) each = '_';
                             return name;
                         });

}  // namespace
}  // namespace vmacheck
