// The scope `peer`: counts and fingerprints on which four independent programs agree, and the recorded transitions.
#include "tests/reference/peer_scope.hpp"

#include "model/faults/chains.hpp"
#include "model/faults/fault_table.hpp"
#include "model/faults/merge.hpp"
#include "model/faults/trees.hpp"
#include "tests/reference/data_directory.hpp"
#include "tests/reference/recording.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vmacheck::reference {

void PrintTo(const PeerCounts& c, std::ostream* out) {
    *out << c.states << " states, " << c.transitions << " transitions, " << c.calls << " calls, " << c.self_loops
         << " self-loops, " << c.levels << " levels, fingerprint " << std::hex << c.fingerprint << std::dec;
}

namespace {

TEST(PeerScope, CountsWithTwoPages) {
    EXPECT_EQ(explore_peer_scope(2), (PeerCounts{26, 374, 442, 96, 7, 0x32327625bd3cfff9}));
}

TEST(PeerScope, CountsWithThreePages) {
    EXPECT_EQ(explore_peer_scope(3), (PeerCounts{192, 5475, 6336, 1132, 10, 0xb1ec001f1ac15e94}));
}

TEST(PeerScope, CountsWithFourPages) {
    EXPECT_EQ(explore_peer_scope(4), (PeerCounts{1466, 68693, 79164, 11966, 14, 0x763d6a16dceab2cd}));
}

// The states and transitions with five pages are published without a fingerprint.
TEST(PeerScope, CountsWithFivePages) {
    const PeerCounts counts = explore_peer_scope(5);
    EXPECT_EQ(counts.states, 13914u);
    EXPECT_EQ(counts.transitions, 973087u);
}

TEST(PeerScope, EveryRecordedTransitionWithThreePages) {
    std::set<std::string> recorded;
    XzLines lines(bundled_data_directory() + "/v2-exhaustive-P3.txt.xz");
    while (auto line = lines.next())
        if (!line->empty()) recorded.insert(*line);
    ASSERT_EQ(recorded.size(), 5475u);
    std::set<std::string> found;
    explore_peer_scope(3, {}, [&](const std::string& line) { found.insert(line); });
    std::vector<std::string> missing;
    std::set_difference(recorded.begin(), recorded.end(), found.begin(), found.end(), std::back_inserter(missing));
    std::vector<std::string> invented;
    std::set_difference(found.begin(), found.end(), recorded.begin(), recorded.end(), std::back_inserter(invented));
    EXPECT_TRUE(missing.empty()) << missing.size() << " recorded transitions do not occur, first: " << missing.front();
    EXPECT_TRUE(invented.empty()) << invented.size() << " transitions are not recorded, first: " << invented.front();
}

TEST(PeerScope, AFaultChangesTheFingerprint) {
    const PeerCounts sound = explore_peer_scope(3);
    for (const Fault fault :
         {faults::merge_case3_pgoff, faults::adjust_gap_not_updated, faults::adjust_case6_no_import})
        EXPECT_NE(explore_peer_scope(3, FaultSet{}.add(fault)).fingerprint, sound.fingerprint) << info(fault).name;
}

}  // namespace
}  // namespace vmacheck::reference
