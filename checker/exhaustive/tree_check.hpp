// A walk through a red-black tree of a World in order, which checks that it is one: links to parents, colours, black
// heights, and what each node caches of its subtree.
#pragma once

#include "model/state/vma.hpp"

#include <algorithm>
#include <cstdint>

namespace vmacheck {

// Tree has
//
//   Id, Object
//   const Object* find(Id)                nullptr: there is none
//   const TreeLinks<Id>& links(object)
//   std::uint64_t cached(object)          what the node caches: the largest value in its subtree
//   void enter(links)                     before the subtree on the left
//   bool visit(Id, object, value)         between the two subtrees; sets the node's own value. False: the walk ends.
template <class Tree>
class TreeCheck {
    using Id = typename Tree::Id;
    using Object = typename Tree::Object;

public:
    explicit TreeCheck(Tree& tree) : tree_(tree) {}

    // False: it is no such tree, or a visit was refused.
    bool walk(Id root) {
        if (!root) return true;
        const Object* node = child(root, {}, true);  // the root is black
        return node != nullptr && subtree(root, node, 0);
    }

private:
    const Object* child(Id id, Id parent, bool parent_red) const {
        const Object* node = tree_.find(id);
        if (node == nullptr) return nullptr;
        const TreeLinks<Id>& links = tree_.links(*node);
        return links.parent != parent || (links.red && parent_red) ? nullptr : node;
    }
    // All leaves have as many black nodes above them.
    bool leaf(std::uint32_t blacks) {
        if (blacks_to_leaves_ == 0) blacks_to_leaves_ = blacks;
        return blacks == blacks_to_leaves_;
    }
    // Values are compared node by node: what the children cache is looked at in turn.
    bool subtree(Id id, const Object* node, std::uint32_t blacks) {
        for (;;) {
            const TreeLinks<Id>& links = tree_.links(*node);
            blacks += links.red ? 0 : 1;
            tree_.enter(links);
            std::uint64_t largest = 0;
            if (links.left) {
                const Object* left = child(links.left, id, links.red);
                if (left == nullptr || !subtree(links.left, left, blacks)) return false;
                largest = tree_.cached(*left);
            } else if (!leaf(blacks)) {
                return false;
            }
            std::uint64_t value = 0;
            if (!tree_.visit(id, *node, value)) return false;
            largest = std::max(largest, value);
            if (!links.right) return tree_.cached(*node) == largest && leaf(blacks);
            const Object* right = child(links.right, id, links.red);
            if (right == nullptr || tree_.cached(*node) != std::max(largest, tree_.cached(*right))) return false;
            id = links.right;
            node = right;
        }
    }

    Tree& tree_;
    std::uint32_t blacks_to_leaves_ = 0;  // 0: no leaf was met
};

}  // namespace vmacheck
