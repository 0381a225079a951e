// Pools: names with generations, and the journal behind undo, before and touched.
#include "model/state/pool.hpp"

#include "model/state/objects.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

namespace vmacheck {
namespace {

using AvcPool = Pool<Avc<Plain>, AvcId, 3>;
using Touched = std::vector<std::pair<AvcId, AvcId>>;

class PoolTest : public testing::Test {
protected:
    AvcPool pool;
    StepTouch in_step;  // what a World keeps for the step in progress

    void begin() {
        if (in_step.pools != 0) {
            pool.end_step();
            pool.forget_history();
        }
        in_step = {};
    }
    void undo() {
        if (in_step.pools != 0) pool.undo();
        in_step = {};
    }
    AvcId allocate() { return pool.allocate(in_step); }
    Avc<Plain>& change(AvcId id) { return *pool.find_for_change(id, in_step); }
    void free(AvcId id) { EXPECT_TRUE(pool.free(id, in_step)); }
    AvcId make(std::uint64_t first) {
        const AvcId id = allocate();
        change(id).interval.first = first;
        return id;
    }
    Touched touched() const {
        Touched seen;
        if (in_step.pools != 0) pool.each_touched([&](AvcId before, AvcId after) { seen.push_back({before, after}); });
        return seen;
    }
    std::vector<std::uint64_t> value() const {
        std::vector<std::uint64_t> words;
        pool.flatten([&](std::uint64_t word) { words.push_back(word); });
        return words;
    }
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
    free(old);
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
    change(old).in_tree = true;
    free(old);
    const AvcId next = allocate();
    EXPECT_FALSE(pool.find(next)->in_tree);
    EXPECT_EQ(pool.find(next)->interval.first, 0u);
}

TEST_F(PoolTest, an_id_from_elsewhere_names_nothing) {
    make(1);
    for (const AvcId id : {AvcId(15, 0), AvcId(16, 0), AvcId(31, 7), AvcId(100000, 0), AvcId((1u << 20) - 2, 4095)}) {
        EXPECT_EQ(pool.find(id), nullptr) << id.index();
        EXPECT_EQ(pool.before(id), nullptr) << id.index();
    }
}

// A step that needs more is undone, and finds room when it is performed again.
TEST_F(PoolTest, addresses_stay_within_a_step_and_the_pool_grows_between_steps) {
    const AvcId first = make(1);
    begin();
    const auto* address = pool.find(first);
    const std::vector<std::uint64_t> before = value();
    for (std::uint32_t wanted = 1; wanted < 1000;) {
        std::uint32_t made = 0;
        try {
            for (; made < wanted; ++made) make(made);
            EXPECT_EQ(pool.find(first), address);
        } catch (const OutOfRoom&) {
            EXPECT_EQ(pool.find(first), address);
            EXPECT_TRUE(pool.ran_out());
        }
        undo();
        EXPECT_EQ(value(), before);
        if (pool.ran_out()) pool.grow();
        EXPECT_EQ(pool.find(first)->interval.first, 1u);
        address = pool.find(first);
        if (made == wanted) wanted *= 2;
    }
}

TEST_F(PoolTest, half_of_a_pool_is_free_where_a_step_begins) {
    std::vector<AvcId> ids;
    for (int step = 0; step < 100; ++step) {
        begin();
        const std::size_t count = ids.size();
        for (std::size_t i = 0; i <= count && i < 7; ++i) ids.push_back(make(ids.size()));
    }
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(pool.find(ids[i])->interval.first, i);
}

TEST_F(PoolTest, before_is_the_object_at_the_start_of_the_step) {
    const AvcId changed = make(1);
    const AvcId freed = make(2);
    const AvcId untouched = make(3);
    begin();
    change(changed).interval.first = 10;
    change(changed).interval.first = 11;
    free(freed);
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
    change(changed).interval.first = 10;
    change(changed).interval.first = 11;
    free(freed);
    EXPECT_EQ(touched(), (Touched{{changed, changed}, {freed, AvcId()}}));
    const AvcId reused = make(20);
    const AvcId fresh = make(30);
    EXPECT_EQ(touched(), (Touched{{changed, changed}, {freed, reused}, {AvcId(), fresh}}));
    free(fresh);
    EXPECT_EQ(touched(), (Touched{{changed, changed}, {freed, reused}, {AvcId(), AvcId()}}));
}

TEST_F(PoolTest, undo_puts_everything_back) {
    const AvcId changed = make(1);
    const AvcId freed = make(2);
    const AvcId free_slot = make(3);
    free(free_slot);
    begin();
    const std::vector<std::uint64_t> before = value();
    change(changed).interval.first = 10;
    free(freed);
    make(20);
    make(21);
    make(22);
    EXPECT_NE(value(), before);
    undo();
    EXPECT_EQ(value(), before);
    EXPECT_EQ(pool.live(), 2u);
    EXPECT_EQ(pool.find(changed)->interval.first, 1u);
    EXPECT_EQ(pool.find(freed)->interval.first, 2u);
}

TEST_F(PoolTest, steps_are_undone_one_by_one) {
    const AvcId id = make(0);
    begin();
    std::vector<std::vector<std::uint64_t>> steps;
    for (std::uint64_t round = 1; round <= 20; ++round) {
        steps.push_back(value());
        in_step = {};
        change(id).interval.first = round;
        const AvcId other = make(round);
        if (round % 3 == 0) free(other);
        pool.end_step();
        EXPECT_EQ(pool.before(id), pool.find(id)) << "the step is over";
    }
    while (!steps.empty()) {
        pool.undo();
        EXPECT_EQ(value(), steps.back());
        steps.pop_back();
    }
}

// Against a map of what ought to be there: 20,000 random allocations, changes and frees, some steps undone.
TEST_F(PoolTest, agrees_with_a_map_under_random_use) {
    for (int i = 0; i < 2; ++i) pool.grow();  // half of it is more than a round needs
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
                change(it->first).interval.first = it->second = random(1000);
            } else {
                free(it->first);
                expected.erase(it);
            }
        }
        for (const auto& [id, content] : expected_before) ASSERT_EQ(pool.before(id)->interval.first, content);
        if (random(4) == 0) {
            undo();
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
