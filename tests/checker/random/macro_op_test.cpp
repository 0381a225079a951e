// Macro-operations on an empty address space: every operation succeeds, within the given range, and what makes the
// mapping whole merges.
#include "checker/random/macro_op.hpp"

#include "checker/coverage/merge_situation.hpp"
#include "model/profiles/profile.hpp"
#include "model/state/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace vmacheck {
namespace {

TEST(MacroOp, MakesWholeWhatItTookApart) {
    Parameters parameters = small_parameters();
    parameters.cap_ipc_lock = true;
    constexpr std::uint64_t pages = 20;
    const std::uint64_t start = parameters.mmap_base - pages;
    std::map<OpKind, int> macro_ops;
    std::map<OpKind, int> merged;
    std::set<std::pair<OpKind, Joined>> joined;
    SplitMix64 random(1);
    for (int i = 0; i < 4000; ++i) {
        World<Plain> world(parameters, default_profile());
        const auto ops = make_macro_op(random, OpMix(), 0, start, pages);
        ASSERT_GE(ops.size(), 3u);
        bool merges = false;
        for (const Op<Plain>& op : ops) {
            const Outcome<Plain>& outcome = world.apply(op);
            const bool missing = op.kind == OpKind::fault && outcome.has(Event::userfault);
            EXPECT_EQ(outcome.error, missing ? Errno::sigbus : Errno::ok)
                << name(op.kind) << " in macro-operation " << i;
            EXPECT_TRUE(world.outcome().violations.empty());
            merges = false;
            for (const MergeSituation& each : merge_situations(world, op)) {
                merges = true;
                joined.insert({op.kind, each.joined});
            }
        }
        ++macro_ops[ops.back().kind];
        merged[ops.back().kind] += merges ? 1 : 0;
    }
    EXPECT_EQ(macro_ops.size(), 12u);
    // Not all can: pieces with pages of their own stay apart, and so does half a piece in the middle.
    for (const auto& [kind, count] : macro_ops) EXPECT_GT(merged[kind] * 2, count) << name(kind);
    for (const auto& [kind, count] : macro_ops)
        for (const Joined each : {Joined::none, Joined::same, Joined::some})
            EXPECT_TRUE(joined.count({kind, each}) != 0 || (kind == OpKind::mmap && each == Joined::same))
                << name(kind) << " " << name(each);
}

// What the mix leaves out does not occur.
TEST(MacroOp, KeepsToTheKindsThatAreDrawn) {
    OpMix mix;
    mix.times = OpMix::every_kind(0);
    for (const OpKind kind : {OpKind::mmap, OpKind::madvise}) mix.times.at(static_cast<std::size_t>(kind)) = 1;
    SplitMix64 random(2);
    int macro_ops = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto ops = make_macro_op(random, mix, 0, 30, macro_op_pages);
        macro_ops += ops.empty() ? 0 : 1;
        for (const Op<Plain>& op : ops) EXPECT_TRUE(op.kind == OpKind::mmap || op.kind == OpKind::madvise);
    }
    EXPECT_GT(macro_ops, 10);
}

}  // namespace
}  // namespace vmacheck
