// Faults of trees, lists, chains and counters, each found by exploring a small scope, with a shortest trace: the
// lengths are those that a brute-force search without canonical states came to.
#include "checker/run/replay.hpp"
#include "properties/run/full_catalogue.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

struct FaultIn {
    const char* fault;
    const char* scope;
    unsigned pages;
    std::size_t calls;
};

class ExploredFault : public testing::TestWithParam<FaultIn> {};

TEST_P(ExploredFault, IsFoundWithAShortestTrace) {
    const FaultIn& each = GetParam();
    Scope scope = scope_named(each.scope, each.pages);
    EXPECT_FALSE(explore(scope,
                         [] {
                             ExploreOptions options;
                             options.limits.depth = 3;
                             return options;
                         }())
                     .finding)
        << "without the fault all holds";
    scope.setup.faults = {each.fault};
    const ExploreResult result = explore(scope, with_jobs(2));
    ASSERT_TRUE(result.finding);
    EXPECT_EQ(result.finding->trace.steps.size(), each.calls);
    ReplayOptions options;
    options.checker = make_full_checker();
    const ReplayResult replayed = replay(result.finding->trace, options);
    EXPECT_EQ(replayed.verdict, Verdict::violated);
    EXPECT_EQ(replayed.steps, each.calls);
}

INSTANTIATE_TEST_SUITE_P(
    Synthetic, ExploredFault,
    testing::Values(
        // gaps
        FaultIn{"adjust-gap-not-updated", "peer", 4, 3}, FaultIn{"munmap-gap-not-updated", "peer", 4, 3},
        FaultIn{"gap-ignores-right-child", "peer", 4, 2}, FaultIn{"tree-propagates-once", "peer", 4, 3},
        // highest_vm_end
        FaultIn{"munmap-highest-kept", "peer", 4, 2}, FaultIn{"adjust-highest-not-raised", "peer", 4, 2},
        // list links
        FaultIn{"link-prev-stale", "peer", 4, 2}, FaultIn{"unlink-prev-stale", "peer", 4, 2},
        // balance and rotation
        FaultIn{"insert-not-recoloured", "peer", 4, 3}, FaultIn{"erase-not-rebalanced", "peer", 4, 2},
        FaultIn{"rotation-value-stale", "peer", 4, 2}, FaultIn{"erase-successor-parent-stale", "peer", 4, 4},
        // interval keys
        FaultIn{"adjust-next-avc-key-stale", "peer", 4, 4}, FaultIn{"adjust-i-mmap-key-stale", "file", 2, 2},
        FaultIn{"interval-last-kept", "peer", 4, 3},
        // chain edges
        FaultIn{"clone-skips-newest", "peer", 4, 3}, FaultIn{"clone-reverses-chain", "chains", 2, 4},
        FaultIn{"unlink-leaves-edge", "peer", 4, 3}, FaultIn{"adjust-case6-no-import", "peer", 4, 4},
        // counters
        FaultIn{"merge-map-count-kept", "peer", 4, 2}, FaultIn{"munmap-partial-total-vm", "peer", 4, 2}),
    [](const auto& each) {
        std::string name = each.param.fault;
        for (char& c : name) c = c == '-' ? '_' : c;
        return name;
    });

// Historical bugs, of which the last is CVE-2022-42703: three processes can do with eight calls what four do with
// seven.
INSTANTIATE_TEST_SUITE_P(Historical, ExploredFault,
                         testing::Values(FaultIn{"av-degree-import-order", "peer", 3, 4},
                                         FaultIn{"merge-case3-pgoff", "peer", 2, 2},
                                         FaultIn{"av-fork-shares-parent", "chains", 2, 4},
                                         FaultIn{"av-double-reuse", "family", 1, 8}),
                         [](const auto& each) {
                             std::string name = each.param.fault;
                             for (char& c : name) c = c == '-' ? '_' : c;
                             return name;
                         });

}  // namespace
}  // namespace vmacheck
