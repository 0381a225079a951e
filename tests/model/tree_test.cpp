// The augmented red-black tree, as mm_rb with its gaps and as interval trees: after each of thousands of random
// insertions and removals it is red-black, ordered, equal to a sorted list, and every cached value is right.
#include "model/gap_tree.hpp"
#include "model/interval_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace vmacheck {
namespace {

constexpr std::uint64_t guard = 3;  // pages

Parameters parameters() {
    Parameters p;
    p.stack_guard_gap = guard;
    return p;
}

struct Random {
    std::uint64_t state;
    std::uint64_t below(std::uint64_t bound) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state >> 33) % bound;
    }
};

// Black height of a subtree; -1 if a rule of red-black trees is broken in it. Appends the nodes in order.
template <class IdType, class LinksOf>
int black_height(IdType node, IdType parent, bool parent_red, const LinksOf& links_of, std::vector<IdType>& in_order) {
    if (!node) return 0;
    const TreeLinks<IdType>& links = links_of(node);
    if (links.parent != parent || (links.red && parent_red)) return -1;
    const int left = black_height(links.left, node, links.red, links_of, in_order);
    in_order.push_back(node);
    const int right = black_height(links.right, node, links.red, links_of, in_order);
    if (left < 0 || left != right) return -1;
    return left + (links.red ? 0 : 1);
}

// ---------------------------------------------------------------------------------------------------- mm_rb

// In a step of its own, which finds room.
template <class D>
VmaId new_vma(World<D>& world) {
    VmaId id;
    world.edit([&](World<D>& changing) { id = changing.template allocate<VmaId>(); });
    return id;
}

template <class D>
class GapTreeTest : public testing::Test {
protected:
    World<D> world{parameters(), default_profile()};
    MmId mm = world.process(0);
    std::map<std::uint64_t, VmaId> by_start;  // what ought to be in it

    void insert(std::uint64_t start, std::uint64_t length, bool stack) {
        VmaId prev;
        if (auto above = by_start.lower_bound(start); above != by_start.begin()) prev = std::prev(above)->second;
        const VmaId id = new_vma(world);
        Vma<D>& vma = world.change(id);
        vma.mm = mm;
        vma.start = start;
        vma.end = start + length;
        vma.flags = stack ? vm::growsdown : 0;
        link_into_mm(world, id, prev);
        by_start[start] = id;
    }

    void erase(std::uint64_t start) {
        const VmaId id = by_start.at(start);
        const VmaId prev = world[id].prev;
        const VmaId next = world[id].next;
        unlink_from_mm(world, id);
        if (next)
            vma_gap_update(world, next);
        else
            world.change(mm).highest_vm_end = prev ? world[prev].end : Number<D>(0);
        world.free(id);
        by_start.erase(start);
    }

    // Largest gap below any VMA of the subtree, from the sorted list alone.
    std::uint64_t check_gaps(VmaId node) {
        if (!node) return 0;
        const Vma<D>& vma = world[node];
        const auto it = by_start.find(vma.start.value());
        const std::uint64_t below = it == by_start.begin() ? 0 : world[std::prev(it)->second].end.value();
        const std::uint64_t need = below + ((vma.flags & vm::growsdown) != 0 ? guard : 0);
        const std::uint64_t gap = vma.start.value() > need ? vma.start.value() - need : 0;
        const std::uint64_t largest = std::max({gap, check_gaps(vma.rb.left), check_gaps(vma.rb.right)});
        EXPECT_EQ(vma.subtree_gap.value(), largest) << "VMA at " << vma.start.value();
        return largest;
    }

    void check() {
        std::vector<VmaId> in_order;
        const VmaId root = world[mm].rb_root;
        ASSERT_GE(black_height(
                      root, VmaId(), true, [&](VmaId id) -> const TreeLinks<VmaId>& { return world[id].rb; }, in_order),
                  0);
        std::vector<VmaId> expected;
        for (const auto& [start, id] : by_start) expected.push_back(id);
        ASSERT_EQ(in_order, expected);
        std::vector<VmaId> list;
        world.each_vma(mm, [&](VmaId id, const Vma<D>&) { list.push_back(id); });
        ASSERT_EQ(list, expected);
        ASSERT_EQ(max_gap(world, mm).value(), check_gaps(root));
        ASSERT_EQ(world[mm].highest_vm_end.value(), expected.empty() ? 0 : world[expected.back()].end.value());
    }

    // find_vma and find_vma_intersection against the sorted list.
    void check_look_up(std::uint64_t page) {
        VmaId expected;
        for (const auto& [start, id] : by_start)
            if (world[id].end.value() > page) {
                expected = id;
                break;
            }
        ASSERT_EQ(find_vma(world, mm, Number<D>(page)), expected);
        const bool hit = expected && world[expected].start.value() < page + 5;
        ASSERT_EQ(find_vma_intersection(world, mm, Number<D>(page), Number<D>(page + 5)), hit ? expected : VmaId());
    }

    void run(int rounds, std::uint64_t slots, std::uint64_t seed) {
        Random random{seed};
        for (int round = 0; round < rounds; ++round) {
            const std::uint64_t start = 10 + 8 * random.below(slots);
            if (by_start.count(start))
                erase(start);
            else
                insert(start, 1 + random.below(8), random.below(5) == 0);
            check();
            if (this->HasFailure()) FAIL() << "seed " << seed << ", round " << round;
            check_look_up(random.below(8 * slots + 40));
        }
    }
};

using Domains = testing::Types<Plain, Traced>;
TYPED_TEST_SUITE(GapTreeTest, Domains);

TYPED_TEST(GapTreeTest, ten_thousand_random_changes_of_a_small_tree) {
    this->run(10'000, 24, 1);
}
TYPED_TEST(GapTreeTest, two_thousand_random_changes_of_a_larger_tree) {
    this->run(2'000, 400, 2);
}

TYPED_TEST(GapTreeTest, ascending_descending_and_all_out_again) {
    for (std::uint64_t i = 0; i < 100; ++i) this->insert(10 + 8 * i, 4, false);
    this->check();
    for (std::uint64_t i = 299; i >= 200; --i) this->insert(10 + 8 * i, 4, false);
    this->check();
    while (!this->by_start.empty()) {
        this->erase(this->by_start.begin()->first);
        this->check();
        if (this->HasFailure()) return;
    }
    EXPECT_FALSE(this->world[this->mm].rb_root);
}

// A look-up among n VMAs visits at most the height of a red-black tree.
TYPED_TEST(GapTreeTest, a_look_up_visits_the_height_of_the_tree) {
    for (std::uint64_t i = 0; i < 1023; ++i) this->insert(10 + 8 * i, 4, false);
    for (std::uint64_t i = 0; i < 1023; i += 7) {
        const std::uint64_t before = this->world.tree_visits();
        find_vma(this->world, this->mm, Number<TypeParam>(10 + 8 * i));
        EXPECT_LE(this->world.tree_visits() - before, 20u);  // 2 log2(n + 1)
    }
}

// ---------------------------------------------------------------------------------------------------- i_mmap

template <class D>
class IntervalTreeTest : public testing::Test {
protected:
    World<D> world{with_file(), default_profile()};
    AddressSpaceId mapping;
    std::vector<VmaId> inside;

    static Parameters with_file() {
        Parameters p = parameters();
        p.files = {{FileKind::regular, 1, true, true, "a"}};
        return p;
    }
    void SetUp() override {
        world.template pool<AddressSpaceId>().each([&](AddressSpaceId id, const auto&) { mapping = id; });
        ASSERT_TRUE(mapping);
    }
    std::uint64_t check_maxima(VmaId node) {
        if (!node) return 0;
        const Vma<D>& vma = world[node];
        const std::uint64_t largest =
            std::max({vma.shared.last.value(), check_maxima(vma.shared_rb.left), check_maxima(vma.shared_rb.right)});
        EXPECT_EQ(vma.shared.subtree_last.value(), largest);
        return largest;
    }
    void check(std::uint64_t pgoff) {
        std::vector<VmaId> in_order;
        const VmaId root = world[mapping].i_mmap;
        const auto links = [&](VmaId id) -> const TreeLinks<VmaId>& { return world[id].shared_rb; };
        ASSERT_GE(black_height(root, VmaId(), true, links, in_order), 0);
        ASSERT_TRUE(std::is_sorted(in_order.begin(), in_order.end(),
                                   [&](VmaId a, VmaId b) { return world[a].pgoff.value() < world[b].pgoff.value(); }));
        check_maxima(root);
        std::vector<VmaId> expected;  // in tree order, those that contain the offset
        for (VmaId id : in_order)
            if (world[id].pgoff.value() <= pgoff && pgoff <= last_pgoff(world[id]).value()) expected.push_back(id);
        ASSERT_EQ(i_mmap_lookup(world, mapping, Number<D>(pgoff)), expected);
        std::sort(in_order.begin(), in_order.end());
        std::vector<VmaId> all = inside;
        std::sort(all.begin(), all.end());
        ASSERT_EQ(in_order, all);
    }
};

TYPED_TEST_SUITE(IntervalTreeTest, Domains);

TYPED_TEST(IntervalTreeTest, ten_thousand_random_changes) {
    Random random{7};
    auto& world = this->world;
    for (int round = 0; round < 10'000; ++round) {
        const std::size_t count = this->inside.size();
        if (count == 0 || (count < 40 && random.below(2) == 0)) {
            const VmaId id = new_vma(world);
            Vma<TypeParam>& vma = world.change(id);
            const VmaId other = count != 0 && random.below(3) == 0 ? this->inside[random.below(count)] : VmaId();
            vma.start = 100;
            vma.end = 101 + random.below(20);
            vma.pgoff = other ? world[other].pgoff : Number<TypeParam>(random.below(60));
            if (other)
                i_mmap_insert_after(world, id, this->mapping, other);
            else
                i_mmap_insert(world, id, this->mapping);
            this->inside.push_back(id);
        } else {
            const std::size_t which = random.below(count);
            i_mmap_remove(world, this->inside[which], this->mapping);
            world.free(this->inside[which]);
            this->inside.erase(this->inside.begin() + static_cast<std::ptrdiff_t>(which));
        }
        this->check(random.below(90));
        if (this->HasFailure()) FAIL() << "round " << round;
    }
}

}  // namespace
}  // namespace vmacheck
