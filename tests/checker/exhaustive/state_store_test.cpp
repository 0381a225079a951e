// The store of states: each key once, the smallest predecessor, numbers in the order of predecessors.
#include "checker/exhaustive/state_store.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>

namespace vmacheck {
namespace {

std::vector<std::uint8_t> key_of(std::uint64_t number) {
    // Of lengths from 1 to some 600, so that long and short forms and ends of chunks occur.
    std::string text = std::to_string(number * 7'919);
    if (number % 17 == 0) text += std::string(number % 600, 'x');
    return {text.begin(), text.end()};
}

bool add(StateStore& store, unsigned thread, std::uint64_t number, std::uint64_t predecessor) {
    const auto key = key_of(number);
    return store.insert(thread, key, StateStore::hash(key), predecessor);
}

TEST(StateStore, HoldsEachKeyOnceAndNumbersByPredecessor) {
    constexpr std::uint64_t count = 20'000;
    StateStore store(1);
    for (std::uint64_t i = 0; i < count; ++i) {
        store.reserve(1);
        EXPECT_TRUE(add(store, 0, i, 1'000'000 - i));
    }
    EXPECT_EQ(store.provisional(), count);
    for (std::uint64_t i = 0; i < count; ++i) EXPECT_FALSE(add(store, 0, i, i % 2 == 0 ? i : 2'000'000));
    std::map<std::uint64_t, std::vector<std::uint8_t>> seen;
    std::uint64_t last = 0;
    store.finish_level([&](StateStore::Key key, std::uint64_t predecessor) {
        EXPECT_GE(predecessor, last);
        last = predecessor;
        seen[predecessor] = {key.begin(), key.end()};
    });
    EXPECT_EQ(store.finished(), count);
    EXPECT_EQ(store.provisional(), 0u);
    EXPECT_EQ(seen.at(2), key_of(2)) << "the smaller predecessor counts";
    EXPECT_EQ(seen.at(1'000'000 - 3), key_of(3)) << "the larger does not";
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto key = key_of(i);
        EXPECT_TRUE(store.find(key, StateStore::hash(key)));
        EXPECT_FALSE(add(store, 0, i, 5)) << "a state of a finished level is not new";
    }
    const auto other = key_of(count);
    EXPECT_FALSE(store.find(other, StateStore::hash(other)));
}

TEST(StateStore, ThreadsAgreeOnWhatIsNew) {
    constexpr std::uint64_t count = 30'000;
    StateStore store(4);
    store.reserve(4 * count);
    std::vector<std::uint64_t> made(4, 0);
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (std::uint64_t i = 0; i < count; ++i)
                made[thread] += add(store, thread, (i * (thread + 1)) % count, i * 4 + thread) ? 1 : 0;
        });
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(made[0] + made[1] + made[2] + made[3], count);
    EXPECT_EQ(store.provisional(), count);
    std::uint64_t numbered = 0;
    store.finish_level([&](StateStore::Key, std::uint64_t) { ++numbered; });
    EXPECT_EQ(numbered, count);
}

TEST(Predecessor, IsOrderedByParentThenCall) {
    const Predecessor some{123'456'789, 4'321};
    EXPECT_EQ(Predecessor::unpack(some.packed()).parent, some.parent);
    EXPECT_EQ(Predecessor::unpack(some.packed()).op, some.op);
    EXPECT_LT((Predecessor{1, 1'000'000}.packed()), (Predecessor{2, 0}.packed()));
}

// As the owner of a state does, which gives it no number.
TEST(StateStore, SettlesStatesOneByOne) {
    constexpr std::uint64_t count = 5'000;
    StateStore store(1);
    for (std::uint64_t i = 0; i < count; ++i) {
        store.reserve(1);
        EXPECT_TRUE(add(store, 0, i, 100 + i));
        EXPECT_FALSE(add(store, 0, i, 50 + i));
        const auto key = key_of(i);
        EXPECT_EQ(store.settle(key, StateStore::hash(key)), 50 + i);
        EXPECT_THROW(store.settle(key, StateStore::hash(key)), InternalAssertion);
        if (i % 100 == 99) store.drop_new();
    }
    EXPECT_EQ(store.settled(), count);
    EXPECT_EQ(store.provisional(), 0u);
    for (std::uint64_t i = 0; i < count; ++i) EXPECT_FALSE(add(store, 0, i, 1));
}

TEST(StateStore, DrainsAllThatItHolds) {
    constexpr std::uint64_t count = 3'000;
    StateStore store(2);
    for (const std::uint64_t more : {0u, 7u}) {
        store.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) EXPECT_TRUE(add(store, i % 2, i, 1'000 + i + more));
        std::map<std::uint64_t, std::vector<std::uint8_t>> seen;
        store.drain([&](StateStore::Key key, std::uint64_t predecessor) {
            seen[predecessor] = {key.begin(), key.end()};
        });
        ASSERT_EQ(seen.size(), count);
        EXPECT_EQ(seen.at(1'042 + more), key_of(42));
        EXPECT_EQ(store.provisional(), 0u);
    }
}

}  // namespace
}  // namespace vmacheck
