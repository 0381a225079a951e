// The small scope, from beginning to end, under both merge rules, and with the rules of v6.18. The whole one takes longer than a test should:
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

// Without the alignment to huge pages, whose remainders the solver does not decide within its budget.
TEST(ProveSmall, NewestRules) {
    expect_proved("v6.18+huge-alignment=none");
}

}  // namespace
}  // namespace vmacheck::prove
