// The whole proof, under both rules.
#include "checker/smt/prove/prove.hpp"

#include <gtest/gtest.h>

namespace vmacheck::prove {
namespace {

void expect_proved(const char* profile) {
    ProveOptions options;
    options.profile = profile_named(profile);
    options.jobs = 2;
    const ProveResult result = prove(options);
    for (const ProofFinding* each : result.findings())
        ADD_FAILURE() << each->obligation << ": " << each->violation.property << ": " << each->violation.text;
    EXPECT_EQ(result.counts.undecided, 0u);
    EXPECT_EQ(result.cases, 0x1ffu);
    for (const Proved& each : result.proved) EXPECT_GT(each.counts.paths, 0u) << each.name;
}

TEST(ProveWhole, strict) {
    expect_proved("v5.10");
}

TEST(ProveWhole, loose) {
    expect_proved("v5.10-loose");
}

}  // namespace
}  // namespace vmacheck::prove
