// The small scope, from beginning to end, under both merge rules. The whole one takes longer than a test should:
// `./vmacheck prove`.
#include "checker/smt/prove/prove.hpp"

#include <gtest/gtest.h>

namespace vmacheck::prove {
namespace {

void expect_proved(const char* profile) {
    ProveOptions options;
    options.profile = profile_named(profile);
    options.jobs = 2;
    options.scope = Scope::small;
    const ProveResult result = prove(options);
    for (const Finding* each : result.findings())
        ADD_FAILURE() << each->origin.unit << ": " << each->property() << ": " << each->text();
    EXPECT_EQ(result.counts.undecided, 0u);
    EXPECT_EQ(result.cases, 0x1ffu);
    for (const Proved& each : result.proved) EXPECT_GT(each.counts.paths, 0u) << each.name;
}

TEST(ProveSmall, StrictRule) {
    expect_proved("v5.10");
}

TEST(ProveSmall, LooseRule) {
    expect_proved("v5.10-loose");
}

}  // namespace
}  // namespace vmacheck::prove
