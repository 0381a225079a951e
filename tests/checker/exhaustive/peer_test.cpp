// The scope that independent programs agree on: counts and fingerprints, not from this program.
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

namespace vmacheck {
namespace {

struct Peer {
    unsigned pages;
    std::uint64_t states, transitions, calls, self_loops, levels, fingerprint;
};

class PeerScope : public testing::TestWithParam<Peer> {};

TEST_P(PeerScope, HasTheCountsAndTheFingerprintOfOtherPrograms) {
    const Peer& peer = GetParam();
    ExploreOptions options;
    options.expand.fingerprint = true;
    const ExploreResult result = explore(scope_named("peer", peer.pages), options);
    EXPECT_TRUE(result.complete);
    EXPECT_FALSE(result.finding);
    EXPECT_EQ(result.states, peer.states);
    EXPECT_EQ(result.counts.transitions, peer.transitions);
    EXPECT_EQ(result.counts.calls, peer.calls);
    EXPECT_EQ(result.counts.self_loops, peer.self_loops);
    EXPECT_EQ(result.levels.size(), peer.levels);
    EXPECT_EQ(result.counts.fingerprint, peer.fingerprint);
}

INSTANTIATE_TEST_SUITE_P(Pages, PeerScope,
                         testing::Values(Peer{2, 26, 374, 442, 96, 7, 0x32327625bd3cfff9},
                                         Peer{3, 192, 5'475, 6'336, 1'132, 10, 0xb1ec001f1ac15e94},
                                         Peer{4, 1'466, 68'693, 79'164, 11'966, 14, 0x763d6a16dceab2cd}),
                         [](const auto& each) { return std::to_string(each.param.pages) + "Pages"; });

TEST(PeerScope, PassesTheEventsThatOtherProgramsCounted) {
    const ExploreResult result = explore(scope_named("peer", 4));
    const auto transitions = [&](int which) {
        const int first = static_cast<int>(Event::merge_case_1);
        return result.reach.count(ReachTable::event_cell(static_cast<Event>(first + which - 1)));
    };
    const std::uint64_t expected[] = {1'144, 6'437, 5'953, 212, 294, 1'162, 4'059, 2'406};
    for (int which = 1; which <= 8; ++which) EXPECT_EQ(transitions(which), expected[which - 1]) << "case " << which;
}

TEST(PeerScope, ImportsAChainInCases1And6Only) {
    const ExploreResult result = explore(scope_named("peer", 4));
    std::map<std::string, std::uint64_t> imports;
    for (ReachTable::Cell cell = 0; cell < result.reach.cells(); ++cell)
        if (result.reach.count(cell) != 0 && ReachTable::name(cell).starts_with("import/"))
            imports[ReachTable::name(cell)] = result.reach.count(cell);
    EXPECT_EQ(imports, (std::map<std::string, std::uint64_t>{{"import/1", 336}, {"import/6", 180}}));
}

// Without faults each page is unmapped, readable, or writable, and VMAs that can join are joined: 3^P states.
TEST(PeerScope, HasThreeToThePowerOfPagesStatesWithoutFaults) {
    for (unsigned pages = 1; pages <= 6; ++pages) {
        Scope scope = scope_named("peer", pages);
        scope.name = "peer without faults";
        std::erase_if(scope.calls, [](const Calls& each) { return each.kind == OpKind::fault; });
        EXPECT_EQ(explore(scope).states, static_cast<std::uint64_t>(std::pow(3, pages))) << pages << " pages";
    }
}

TEST(PeerScope, AnotherMergeRuleChangesTheFingerprint) {
    Scope scope = scope_named("peer", 3);
    scope.setup.faults = {"adjust-case6-no-import"};
    ExploreOptions options;
    options.expand.fingerprint = true;
    const ExploreResult result = explore(scope, options);
    EXPECT_TRUE(result.finding);
    EXPECT_NE(result.counts.fingerprint, 0xb1ec001f1ac15e94u);
}

}  // namespace
}  // namespace vmacheck
