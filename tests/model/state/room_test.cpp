// A step that needs more objects than a pool has room for: it is undone and performed again, and nothing tells.
#include "model/state/world.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

constexpr std::uint64_t base = 0x100;  // page number

// A page every second page, each faulted in.
template <class D>
void map_pages(World<D>& world, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        Op<D> op;
        op.kind = OpKind::mmap;
        op.addr = Bytes<D>::pages(base + 2 * i);
        op.len = Bytes<D>::pages(1);
        op.prot = prot::read | prot::write;
        op.flags = map::private_ | map::anonymous | map::fixed;
        ASSERT_TRUE(world.apply(op).ok());
        op.kind = OpKind::fault;
        ASSERT_TRUE(world.apply(op).ok());
    }
}

template <class D>
Op<D> fork() {
    Op<D> op;
    op.kind = OpKind::fork;
    return op;
}

struct Seen {
    std::vector<EventRecord> events;
    std::uint64_t digest;
    std::uint64_t visits;
    friend bool operator==(const Seen&, const Seen&) = default;
};

template <class D>
Seen seen_of(World<D>& world, const Op<D>& op) {
    const std::uint64_t visits = world.tree_visits();
    const Outcome<D>& outcome = world.apply(op);
    EXPECT_TRUE(outcome.ok());
    EXPECT_TRUE(outcome.violations.empty());
    return {outcome.events, world.digest(), world.tree_visits() - visits};
}

// The second time there is room.
TEST(RoomTest, a_step_gives_the_same_with_and_without_room) {
    for (const unsigned vmas : {7u, 8u, 15u, 16u, 40u, 300u}) {
        World<Plain> world(Parameters(), default_profile());
        map_pages(world, vmas);
        const std::uint64_t before = world.digest();
        const Seen first = seen_of(world, fork<Plain>());
        world.undo();
        EXPECT_EQ(world.digest(), before) << vmas << " VMAs";
        EXPECT_TRUE(seen_of(world, fork<Plain>()) == first) << vmas << " VMAs";
    }
}

TEST(RoomTest, a_copy_gives_the_same) {
    World<Plain> world(Parameters(), default_profile());
    map_pages(world, 40);
    World<Plain> copy = world;
    const Seen expected = seen_of(world, fork<Plain>());
    EXPECT_TRUE(seen_of(copy, fork<Plain>()) == expected);
    copy.undo();
    World<Plain> moved = std::move(copy);
    EXPECT_TRUE(seen_of(moved, fork<Plain>()) == expected);
}

TEST(RoomTest, a_traced_step_records_what_it_needs_once) {
    PathRecorder recorder;
    const PathRecorder::Scope scope(recorder);
    World<Traced> world(Parameters(), default_profile());
    map_pages(world, 40);
    Op<Traced> op = fork<Traced>();
    world.apply(op);
    op.process = 1;
    op.kind = OpKind::munmap;
    op.addr = Bytes<Traced>::pages(TracedNumber::input("addr", base + 2));
    op.len = Bytes<Traced>::pages(TracedNumber::input("len", 8));
    world.apply(op);
    const auto size = [&recorder] {
        return std::tuple(recorder.inputs().size(), recorder.constraints().size(), recorder.questions().size());
    };
    const PathRecorder::End begin = recorder.end();
    const auto before = size();
    op = fork<Traced>();
    const Seen first = seen_of(world, op);
    const auto recorded = size();
    world.undo();
    recorder.cut_to(begin);
    EXPECT_EQ(size(), before);
    EXPECT_TRUE(seen_of(world, op) == first);
    EXPECT_EQ(size(), recorded);
}

TEST(RoomTest, an_edit_finds_room_for_all) {
    World<Plain> world(Parameters(), default_profile());
    int calls = 0;
    world.edit([&calls](World<Plain>& edited) {
        ++calls;
        for (unsigned i = 0; i < 1000; ++i) edited.change(edited.allocate<VmaId>()).start = i;
    });
    EXPECT_GT(calls, 1);
    EXPECT_EQ(world.pool<VmaId>().live(), 1000u);
    EXPECT_FALSE(world.touched());
    EXPECT_FALSE(world.can_undo());
    for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(world[VmaId(i, 0)].start, PlainNumber(i));
}

// ------------------------------------------------------------------------------------------ history

TEST(RoomTest, undone_steps_show_what_the_step_before_touched) {
    World<Plain> world(Parameters(), default_profile());
    world.keep_history(true);
    map_pages(world, 20);
    const auto touched = [&world] {
        std::vector<std::pair<VmaId, VmaId>> ids;
        world.each_touched<VmaId>([&](VmaId before, VmaId after) { ids.push_back({before, after}); });
        return ids;
    };
    const auto expected = touched();
    EXPECT_FALSE(expected.empty());
    EXPECT_TRUE(world.touched<VmaId>());
    world.apply(fork<Plain>());
    EXPECT_NE(touched(), expected);
    world.undo();
    EXPECT_EQ(touched(), expected);
    world.keep_history(false);
    EXPECT_TRUE(touched().empty());
    EXPECT_FALSE(world.touched<VmaId>());
}

}  // namespace
}  // namespace vmacheck
