// Checks of red-black trees that work on trees which may be damaged in any way: bounded, and without trust in links.
#pragma once

#include "properties/step/property.hpp"

#include <boost/container/small_vector.hpp>

#include <optional>

namespace vmacheck {

// Links of a node in one of the model's trees; nullptr if the node was freed.
template <class D>
const TreeLinks<VmaId>* mm_rb_links(const World<D>& world, VmaId id) {
    const Vma<D>* vma = world.find(id);
    return vma != nullptr ? &vma->rb : nullptr;
}
template <class D>
const TreeLinks<VmaId>* i_mmap_links(const World<D>& world, VmaId id) {
    const Vma<D>* vma = world.find(id);
    return vma != nullptr ? &vma->shared_rb : nullptr;
}
template <class D>
const TreeLinks<AvcId>* avc_links(const World<D>& world, AvcId id) {
    const Avc<D>* avc = world.find(id);
    return avc != nullptr ? &avc->rb : nullptr;
}

// Visits the nodes in order until visit says false. False if it did, or after more than `limit` nodes.
template <class IdType, class LinksOf, class Visit>
bool each_in_order(IdType root, std::size_t limit, LinksOf&& links_of, Visit&& visit) {
    struct Entered {
        IdType node;
        const TreeLinks<IdType>* links;
    };
    boost::container::small_vector<Entered, 48> path;
    std::size_t entered = 0;
    IdType node = root;
    while (node || !path.empty()) {
        while (node) {
            const TreeLinks<IdType>* links = links_of(node);
            if (links == nullptr || ++entered > limit) return false;
            path.push_back({node, links});
            node = links->left;
        }
        const Entered at = path.back();
        path.pop_back();
        if (!visit(at.node)) return false;
        node = at.links->right;
    }
    return true;
}

// What is wrong with a tree as a red-black tree, or nothing.
template <class IdType, class LinksOf>
std::optional<std::string> red_black_defect(IdType root, std::size_t limit, LinksOf&& links_of) {
    struct Frame {
        IdType node;  // none: a leaf
        IdType parent;
        bool parent_red;
        int blacks;  // black nodes above
    };
    if (!root) return std::nullopt;
    if (const auto* links = links_of(root); links != nullptr && links->red) return "the root is red";
    boost::container::small_vector<Frame, 48> open;
    open.push_back({root, {}, false, 0});
    std::size_t entered = 0;
    int depth_of_leaves = -1;
    const auto another_depth = [&depth_of_leaves](int blacks) {
        if (depth_of_leaves < 0) depth_of_leaves = blacks;
        return blacks != depth_of_leaves;
    };
    while (!open.empty()) {
        const Frame at = open.back();
        open.pop_back();
        if (!at.node) {
            if (another_depth(at.blacks)) return "two paths have different numbers of black nodes";
            continue;
        }
        const auto* links = links_of(at.node);
        if (links == nullptr) return "a node was freed";
        if (++entered > limit) return "it has a cycle, or more nodes than there are";
        if (links->parent != at.parent) return "a child does not name its parent";
        if (links->red && at.parent_red) return "a red node has a red child";
        const int blacks = at.blacks + (links->red ? 0 : 1);
        // From right to left. Half the nodes have no children, and need not wait for their leaves.
        if (!links->right && another_depth(blacks)) return "two paths have different numbers of black nodes";
        if (links->left || links->right) open.push_back({links->left, at.node, links->red, blacks});
        if (links->right) open.push_back({links->right, at.node, links->red, blacks});
    }
    return std::nullopt;
}

}  // namespace vmacheck
