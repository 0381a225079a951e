// Every red-black tree of n nodes.
#pragma once

#include <cstddef>
#include <vector>

namespace vmacheck::prove {

struct TreeShape {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct Node {
        std::size_t parent = none;
        std::size_t left = none;
        std::size_t right = none;
        bool red = false;
    };
    std::size_t root = none;
    std::vector<Node> nodes;  // in order
};

// All trees that keep the rules: a black root, no red node below a red one, as many black nodes on every way down.
std::vector<TreeShape> tree_shapes(std::size_t nodes);

}  // namespace vmacheck::prove
