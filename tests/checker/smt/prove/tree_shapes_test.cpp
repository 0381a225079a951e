// The shapes are red-black trees, all different, and all that insertions and erasures make.
#include "checker/smt/prove/tree_shapes.hpp"
#include "model/state/build.hpp"
#include "properties/step/tree_checks.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace vmacheck::prove {
namespace {

using Text = std::string;

Text text_of(const TreeShape& shape) {
    Text text;
    for (const TreeShape::Node& node : shape.nodes)
        text += fmt::format("{}:{}:{}:{} ", node.parent, node.left, node.right, node.red ? 'r' : 'b');
    return text;
}

TEST(TreeShapes, are_red_black_trees_and_all_different) {
    for (std::size_t nodes = 1; nodes <= 8; ++nodes) {
        std::set<Text> texts;
        for (const TreeShape& shape : tree_shapes(nodes)) {
            EXPECT_TRUE(texts.insert(text_of(shape)).second);
            std::vector<TreeLinks<VmaId>> links;
            const auto id_of = [](std::size_t node) {
                return node == TreeShape::none ? VmaId() : VmaId(static_cast<std::uint32_t>(node), 0);
            };
            for (const TreeShape::Node& node : shape.nodes)
                links.push_back({id_of(node.parent), id_of(node.left), id_of(node.right), node.red});
            EXPECT_EQ(red_black_defect<VmaId>(id_of(shape.root), nodes + 1,
                                              [&](VmaId id) -> const TreeLinks<VmaId>* { return &links[id.index()]; }),
                      std::nullopt);
        }
    }
}

// Shapes of mm_rb as random mappings come and go.
TEST(TreeShapes, are_all_that_there_are) {
    std::vector<std::set<Text>> made(9);
    std::mt19937_64 random(3);
    World<Plain> world(Parameters{}, default_profile());
    for (int step = 0; step < 60'000; ++step) {
        Op<Plain> op;
        op.kind = random() % 2 == 0 ? OpKind::mmap : OpKind::munmap;
        op.addr = Bytes<Plain>::pages(100 + 2 * (random() % 12));  // never next to each other
        op.len = Bytes<Plain>::pages(1);
        op.prot = prot::read;
        op.flags = map::private_ | map::anonymous | map::fixed;
        if (world[world.process(0)].map_count >= 8) op.kind = OpKind::munmap;
        world.apply(op);
        std::vector<VmaId> ids;
        world.each_vma(world.process(0), [&](VmaId id, const Vma<Plain>&) { ids.push_back(id); });
        const auto place = [&](VmaId id) {
            return id ? static_cast<std::size_t>(std::find(ids.begin(), ids.end(), id) - ids.begin()) : TreeShape::none;
        };
        TreeShape shape{place(world[world.process(0)].rb_root), {}};
        for (const VmaId id : ids) {
            const TreeLinks<VmaId>& rb = world[id].rb;
            shape.nodes.push_back({place(rb.parent), place(rb.left), place(rb.right), rb.red});
        }
        made.at(ids.size()).insert(text_of(shape));
    }
    for (std::size_t nodes = 1; nodes <= 8; ++nodes) {
        std::set<Text> all;
        for (const TreeShape& shape : tree_shapes(nodes)) all.insert(text_of(shape));
        for (const Text& each : made[nodes]) EXPECT_TRUE(all.count(each)) << each;
        if (nodes <= 5) {
            EXPECT_EQ(made[nodes].size(), all.size()) << nodes;
        }
    }
}

}  // namespace
}  // namespace vmacheck::prove
