// Pools: names with generations, and the journal behind undo, before and touched.
#include "model/state/pool.hpp"

#include "model/state/objects.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

namespace vmacheck {
namespace {

using AvcPool = Pool<Avc<Plain>, AvcId>;
using Touched = std::vector<std::pair<AvcId, AvcId>>;

class PoolTest : public testing::Test {
protected:
    AvcPool pool;
    std::uint64_t step = 0;

    void begin() {
        pool.forget_history();
        pool.begin_step(++step);
    }
    AvcId make(std::uint64_t first) {
        const AvcId id = pool.allocate();
        pool.change(id).interval.first = first;
        return id;
    }
    Touched touched() const {
        Touched seen;
        pool.each_touched(step, [&](AvcId before, AvcId after) { seen.push_back({before, after}); });
        return seen;
    }
    std::vector<std::uint64_t> value() const {
        std::vector<std::uint64_t> words;
        pool.flatten([&](std::uint64_t word) { words.push_back(word); });
        return words;
    }
    void SetUp() override { begin(); }
};

TEST_F(PoolTest, empty_name_names_nothing) {
    EXPECT_FALSE(AvcId());
    EXPECT_EQ(pool.find(AvcId()), nullptr);
    EXPECT_EQ(pool.before(AvcId()), nullptr);
    EXPECT_EQ(pool.find(AvcId(5, 0)), nullptr);
}

TEST_F(PoolTest, ids_hold_index_and_generation) {
    const AvcId id(7, 9);
    EXPECT_EQ(id.index(), 7u);
    EXPECT_EQ(id.generation(), 9u);
    EXPECT_NE(id, AvcId(7, 10));
    EXPECT_TRUE(AvcId(0, 0));
}

TEST_F(PoolTest, a_stale_name_is_recognised_after_the_slot_is_used_again) {
    const AvcId old = make(1);
    pool.free(old);
    EXPECT_EQ(pool.find(old), nullptr);
    const AvcId next = make(2);
    EXPECT_EQ(next.index(), old.index());
    EXPECT_NE(next, old);
    EXPECT_EQ(pool.find(old), nullptr);
    EXPECT_EQ(pool.find(next)->interval.first, 2u);
    EXPECT_EQ(pool.live(), 1u);
    EXPECT_EQ(pool.slots(), 1u);
}

TEST_F(PoolTest, a_new_object_has_nothing_of_the_old_one) {
    const AvcId old = make(5);
    pool.change(old).in_tree = true;
    pool.free(old);
    const AvcId next = pool.allocate();
    EXPECT_FALSE(pool.find(next)->in_tree);
    EXPECT_EQ(pool.find(next)->interval.first, 0u);
}

TEST_F(PoolTest, addresses_stay_while_the_pool_grows) {
    const AvcId first = make(1);
    const auto* address = pool.find(first);
    for (std::uint64_t i = 0; i < 1000; ++i) make(i);
    EXPECT_EQ(pool.find(first), address);
}

TEST_F(PoolTest, before_is_the_object_at_the_start_of_the_step) {
    const AvcId changed = make(1);
    const AvcId freed = make(2);
    const AvcId untouched = make(3);
    begin();
    pool.change(changed).interval.first = 10;
    pool.change(changed).interval.first = 11;
    pool.free(freed);
    const AvcId in_its_slot = make(20);
    const AvcId fresh = make(30);
    EXPECT_EQ(pool.before(changed)->interval.first, 1u);
    EXPECT_EQ(pool.find(changed)->interval.first, 11u);
    EXPECT_EQ(pool.before(freed)->interval.first, 2u);
    EXPECT_EQ(pool.before(untouched)->interval.first, 3u);
    EXPECT_EQ(pool.before(in_its_slot), nullptr);
    EXPECT_EQ(pool.before(fresh), nullptr);
}

TEST_F(PoolTest, touched_names_each_slot_once_with_both_names) {
    const AvcId changed = make(1);
    const AvcId freed = make(2);
    make(3);
    begin();
    EXPECT_TRUE(touched().empty());
    pool.change(changed).interval.first = 10;
    pool.change(changed).interval.first = 11;
    pool.free(freed);
    EXPECT_EQ(touched(), (Touched{{changed, changed}, {freed, AvcId()}}));
    const AvcId reused = make(20);
    const AvcId fresh = make(30);
    EXPECT_EQ(touched(), (Touched{{changed, changed}, {freed, reused}, {AvcId(), fresh}}));
    pool.free(fresh);
    EXPECT_EQ(touched(), (Touched{{changed, changed}, {freed, reused}, {AvcId(), AvcId()}}));
}

TEST_F(PoolTest, undo_puts_everything_back) {
    const AvcId changed = make(1);
    const AvcId freed = make(2);
    const AvcId free_slot = make(3);
    pool.free(free_slot);
    begin();
    const std::vector<std::uint64_t> before = value();
    pool.change(changed).interval.first = 10;
    pool.free(freed);
    make(20);
    make(21);
    make(22);
    EXPECT_NE(value(), before);
    pool.undo(step);
    EXPECT_EQ(value(), before);
    EXPECT_EQ(pool.live(), 2u);
    EXPECT_EQ(pool.find(changed)->interval.first, 1u);
    EXPECT_EQ(pool.find(freed)->interval.first, 2u);
}

TEST_F(PoolTest, steps_are_undone_one_by_one) {
    const AvcId id = make(0);
    std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>> steps;
    pool.forget_history();
    for (std::uint64_t round = 1; round <= 20; ++round) {
        pool.begin_step(++step);
        steps.emplace_back(step, value());
        pool.change(id).interval.first = round;
        const AvcId other = make(round);
        if (round % 3 == 0) pool.free(other);
        pool.begin_step(++step);  // a step that touches nothing here
        steps.emplace_back(step, value());
    }
    while (!steps.empty()) {
        pool.undo(steps.back().first);
        EXPECT_EQ(value(), steps.back().second);
        steps.pop_back();
    }
}

// Against a map of what ought to be there: 20,000 random allocations, changes and frees, some steps undone.
TEST_F(PoolTest, agrees_with_a_map_under_random_use) {
    std::map<AvcId, std::uint64_t> expected;
    std::uint64_t state = 12345;
    const auto random = [&state](std::uint64_t below) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state >> 33) % below;
    };
    std::vector<AvcId> dead;
    for (int round = 0; round < 2000; ++round) {
        begin();
        const auto expected_before = expected;
        const auto value_before = value();
        for (int i = 0; i < 10; ++i) {
            const std::uint64_t what = random(3);
            if (what == 0 || expected.empty()) {
                const std::uint64_t content = random(1000);
                expected[make(content)] = content;
                continue;
            }
            auto it = expected.begin();
            std::advance(it, static_cast<std::ptrdiff_t>(random(expected.size())));
            if (what == 1) {
                pool.change(it->first).interval.first = it->second = random(1000);
            } else {
                pool.free(it->first);
                expected.erase(it);
            }
        }
        for (const auto& [id, content] : expected_before) ASSERT_EQ(pool.before(id)->interval.first, content);
        if (random(4) == 0) {
            pool.undo(step);
            ASSERT_EQ(value(), value_before);
            expected = expected_before;
            continue;
        }
        for (const auto& [id, content] : expected_before)
            if (!expected.count(id)) dead.push_back(id);
        ASSERT_EQ(pool.live(), expected.size());
        for (const auto& [id, content] : expected) ASSERT_EQ(pool.find(id)->interval.first, content);
        if (dead.size() > 50) dead.erase(dead.begin(), dead.begin() + 25);  // a generation comes round in the end
        for (AvcId id : dead) ASSERT_EQ(pool.find(id), nullptr);
        std::size_t seen = 0;
        pool.each([&](AvcId id, const Avc<Plain>&) { seen += expected.count(id); });
        ASSERT_EQ(seen, expected.size());
    }
}

}  // namespace
}  // namespace vmacheck
