// Every obligation of the whole scope, as `./vmacheck prove` proves them: two minutes of CPU time.
#include "checker/smt/prove/prove.hpp"

#include <gtest/gtest.h>

namespace vmacheck::prove {
namespace {

TEST(ProveWhole, every_obligation_is_proved) {
    ProveOptions options;
    options.jobs = 2;
    const ProveResult result = prove(options);
    for (const Finding* each : result.findings())
        ADD_FAILURE() << each->origin.unit << ": " << each->property() << ": " << each->text();
    EXPECT_EQ(result.counts.undecided, 0u);
    EXPECT_EQ(result.left, 0u);
    EXPECT_GE(result.proved.size(), 5500u);
    EXPECT_EQ(result.cases, 0x1ffu);  // each of the eight, and none
    for (const Proved& each : result.proved) EXPECT_GT(each.counts.paths, 0u) << each.name;
}

}  // namespace
}  // namespace vmacheck::prove
