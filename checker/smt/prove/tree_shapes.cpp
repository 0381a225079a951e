#include "checker/smt/prove/tree_shapes.hpp"

namespace vmacheck::prove {
namespace {

constexpr std::size_t none = TreeShape::none;

// A subtree over the nodes [low, high); the others of the vector are untouched.
struct Subtree {
    std::size_t root = none;
    std::vector<TreeShape::Node> nodes;
};

void put_below(Subtree& tree, const Subtree& child, bool left, std::size_t low, std::size_t high) {
    for (std::size_t i = low; i < high; ++i) tree.nodes[i] = child.nodes[i];
    (left ? tree.nodes[tree.root].left : tree.nodes[tree.root].right) = child.root;
    if (child.root != none) tree.nodes[child.root].parent = tree.root;
}

// All subtrees of [low, high) out of n nodes with this many black nodes on each way down.
std::vector<Subtree> subtrees(std::size_t low, std::size_t high, std::size_t n, std::size_t blacks, bool may_be_red) {
    if (low == high) {
        if (blacks != 0) return {};
        return {Subtree{none, std::vector<TreeShape::Node>(n)}};
    }
    std::vector<Subtree> all;
    for (const bool red : {false, true}) {
        if (red ? !may_be_red : blacks == 0) continue;
        const std::size_t below = red ? blacks : blacks - 1;
        for (std::size_t root = low; root < high; ++root)
            for (const Subtree& left : subtrees(low, root, n, below, !red))
                for (const Subtree& right : subtrees(root + 1, high, n, below, !red)) {
                    Subtree tree{root, std::vector<TreeShape::Node>(n)};
                    put_below(tree, left, true, low, root);
                    put_below(tree, right, false, root + 1, high);
                    tree.nodes[root].red = red;
                    all.push_back(std::move(tree));
                }
    }
    return all;
}

}  // namespace

std::vector<TreeShape> tree_shapes(std::size_t nodes) {
    std::vector<TreeShape> all;
    for (std::size_t blacks = 0; blacks <= nodes; ++blacks)
        for (Subtree& each : subtrees(0, nodes, nodes, blacks, false))
            all.push_back({each.root, std::move(each.nodes)});
    return all;
}

}  // namespace vmacheck::prove
