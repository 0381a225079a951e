// The scope that independent programs agree on: counts and fingerprints, not from this program.
#include "checker/exhaustive/peer_fingerprint.hpp"
#include "model/state/digest.hpp"
#include "model/state/world.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(PeerScope, HashesEachTransitionAsItsLine) {
    const Scope scope = scope_named("peer", 2);
    const std::vector<ScopeOp> ops = scope_ops(scope);
    const auto call = [&](OpKind kind, std::uint64_t start, std::uint64_t end, Prot right) {
        const auto at = std::find_if(ops.begin(), ops.end(), [&](const ScopeOp& each) {
            const Op<Plain>& op = each.op;
            return op.kind == kind && op.addr.page == start && op.prot == right &&
                   (kind == OpKind::fault || op.len.page == end - start);
        });
        if (at == ops.end()) throw std::logic_error("no such call");
        return static_cast<std::uint32_t>(at - ops.begin());
    };
    const std::uint32_t map = call(OpKind::mmap, 0, 2, prot::read | prot::write);
    const std::uint32_t fault = call(OpKind::fault, 1, 2, 0);
    const std::uint32_t protect = call(OpKind::mprotect, 1, 2, prot::read);
    const std::unique_ptr<World<Plain>> world = starting_world(scope);
    world->apply(ops[map].op);
    world->apply(ops[fault].op);
    PeerFingerprint lines(scope, ops);
    lines.from(*world);
    world->apply(ops[protect].op);
    lines.to(*world, protect);
    EXPECT_EQ(lines.sum(), digest_of("[0,2)RW+a n=1 max_gap=0 highest_end=2 | mprotect(1,2,R) | "
                                     "[0,1)RW+a [1,2)R+a n=2 max_gap=0 highest_end=2"));
}

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
