// A walk through a red-black tree of a World in order, which checks that it is one: links to parents, colours, black
// heights, and what each node caches of its subtree.
#pragma once

#include "model/state/vma.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace vmacheck {

// False: it is no such tree, or a visit was refused. Tree has
//
//   Id, Object
//   const Object* find(Id)                  nullptr: there is none
//   const TreeLinks<Id>& links(object)
//   std::uint64_t cached(object)            what the node caches: the largest value of its subtree
//   void enter(links)                       before the subtree on the left
//   bool visit(Id, object, value)           between the two subtrees; sets the node's own value
template <class Tree>
bool check_tree(Tree& tree, typename Tree::Id root) {
    using Object = typename Tree::Object;
    struct Node {
        const Object* object;
        typename Tree::Id id;
        std::uint32_t blacks;        // from the root to here
        std::uint64_t largest_left;  // value in the subtree on the left
    };
    std::array<Node, 64> path;  // whose subtree on the left is being walked; no tree of 2^31 nodes is deeper
    std::size_t depth = 0;
    Node above{nullptr, {}, 0, 0};
    bool above_red = true;  // the root is black
    std::uint32_t blacks_to_leaves = 0;
    const Object* object = root ? tree.find(root) : nullptr;
    if (root && object == nullptr) return false;
    for (typename Tree::Id id = root;;) {
        while (id) {
            const auto& links = tree.links(*object);
            if (links.parent != above.id || (links.red && above_red) || depth == path.size()) return false;
            tree.enter(links);
            above = {object, id, above.blacks + (links.red ? 0u : 1u), 0};
            above_red = links.red;
            id = links.left;
            if (id) {
                object = tree.find(id);
                if (object == nullptr) return false;
                above.largest_left = tree.cached(*object);
            }
            path[depth++] = above;
        }
        // A leaf: all have as many black nodes above them.
        if (blacks_to_leaves == 0) blacks_to_leaves = above.blacks;
        if (blacks_to_leaves != above.blacks) return false;
        if (depth == 0) return true;
        above = path[--depth];
        const auto& links = tree.links(*above.object);
        above_red = links.red;
        std::uint64_t value = 0;
        if (!tree.visit(above.id, *above.object, value)) return false;
        value = std::max(value, above.largest_left);
        id = links.right;
        if (id) {
            object = tree.find(id);
            if (object == nullptr) return false;
            value = std::max(value, tree.cached(*object));
        }
        if (tree.cached(*above.object) != value) return false;
    }
}

}  // namespace vmacheck
