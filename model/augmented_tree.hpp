// The red-black tree of the model, augmented with a value each node derives from itself and its children.
//
// One implementation, used for mm_rb with its subtree gaps, for i_mmap and the anon_vma interval trees with their
// cached maxima, and without a value for page tables and the page cache. It is written out here because it is what is
// checked.
//
// A Links policy supplies:
//   using IdType
//   const Object& at(IdType)                     a node, for reading; it stays where it is
//   Object& change(IdType)                       the same for changing
//   auto& links_of(object)                       its TreeLinks<IdType>
//   IdType root(); void set_root(IdType)
//   bool update(IdType, const Object&)           recompute the node's value; whether it changed
//   void inherit(Object& to, const Object& from) copy the value: `to` takes over the whole subtree of `from`
//   void visit()                                 count a visited node
//   bool has_fault(Fault) const                  is the fault switched on for this tree?
#pragma once

#include "model/faults/fault.hpp"
#include "model/state/vma.hpp"

namespace vmacheck {

template <class Links>
class AugmentedTree {
public:
    using IdType = typename Links::IdType;

    explicit AugmentedTree(Links links) : t_(links) {}

    [[nodiscard]] IdType root() { return t_.root(); }

    // Links a new node below parent (the empty id: the tree is empty), then repairs values and colours.
    void insert(IdType node, IdType parent, bool as_left) {
        attach(node, parent, as_left);
        balance(node);
    }

    // The two halves of insert. A caller with other values to repair does so between them: a rotation copies the
    // value of a whole subtree, which must be right by then.
    void attach(IdType node, IdType parent, bool as_left) {
        auto& object = t_.change(node);
        t_.links_of(object) = {parent, {}, {}, true};
        if (parent)
            child(t_.change(parent), as_left) = node;
        else
            t_.set_root(node);
        t_.update(node, object);
        propagate(parent);
    }
    void balance(IdType node) { repair_after_insert(node); }

    // The first half for a node between `before` and `after`, which are neighbours in order (the empty id: the end).
    void attach_between(IdType node, IdType before, IdType after) {
        if (before && !links(before).right)
            attach(node, before, false);
        else
            attach(node, after, true);  // which has nothing on its left, or is none in an empty tree
    }

    // Links a new node directly after `before` in order.
    void insert_after(IdType node, IdType before) {
        IdType after = links(before).right;
        while (after && links(after).left) {
            t_.visit();
            after = links(after).left;
        }
        attach_between(node, before, after);
        balance(node);
    }

    void erase(IdType node) {
        const TreeLinks<IdType> gone = links(node);
        IdType hole;  // what takes the place where a node disappears, possibly nothing
        IdType hole_parent;
        bool removed_black = !gone.red;
        if (!gone.left || !gone.right) {
            hole = gone.left ? gone.left : gone.right;
            hole_parent = gone.parent;
            replace_child(gone.parent, node, hole);
            if (hole) change_links(hole).parent = gone.parent;
            propagate(hole_parent);
        } else {
            const IdType successor = leftmost(gone.right);
            const TreeLinks<IdType> old = links(successor);
            removed_black = !old.red;
            hole = old.right;
            hole_parent = old.parent == node ? successor : old.parent;
            take_place(successor, old, node, gone);
            // From the hole up to the moved node everything may differ; above it the usual early stop holds.
            const bool stale = t_.has_fault(Fault::erase_successor_parent_stale);
            for (IdType up = stale ? successor : hole_parent; up && up != successor;) {
                t_.visit();
                const auto& object = t_.at(up);
                t_.update(up, object);
                up = t_.links_of(object).parent;
            }
            t_.visit();
            t_.update(successor, t_.at(successor));
            propagate(gone.parent);
        }
        change_links(node) = {};
        if (removed_black && !t_.has_fault(Fault::erase_not_rebalanced)) repair_after_erase(hole, hole_parent);
    }

    // Recomputes values from a node towards the root, until one does not change.
    void propagate(IdType node) {
        const bool once = t_.has_fault(Fault::tree_propagates_once);
        while (node) {
            t_.visit();
            const auto& object = t_.at(node);
            if (!t_.update(node, object) || once) break;
            node = t_.links_of(object).parent;
        }
    }

private:
    [[nodiscard]] const TreeLinks<IdType>& links(IdType node) { return t_.links_of(t_.at(node)); }
    TreeLinks<IdType>& change_links(IdType node) { return t_.links_of(t_.change(node)); }
    IdType& child(auto& object, bool left) {
        TreeLinks<IdType>& below = t_.links_of(object);
        return left ? below.left : below.right;
    }
    [[nodiscard]] bool red(IdType node) { return node && links(node).red; }
    void paint(IdType node, bool red) {
        if (links(node).red != red) change_links(node).red = red;
    }

    [[nodiscard]] IdType leftmost(IdType node) {
        while (const IdType left = links(node).left) {
            t_.visit();
            node = left;
        }
        return node;
    }

    void replace_child(IdType parent, IdType from, IdType to) {
        if (!parent) {
            t_.set_root(to);
            return;
        }
        TreeLinks<IdType>& above = change_links(parent);
        (above.left == from ? above.left : above.right) = to;
    }

    // The successor, linked as `old` says, moves to where a node with two children goes.
    void take_place(IdType successor, const TreeLinks<IdType>& old, IdType node, const TreeLinks<IdType>& gone) {
        if (old.parent != node) {
            change_links(old.parent).left = old.right;
            if (old.right) change_links(old.right).parent = old.parent;
            change_links(successor).right = gone.right;
            change_links(gone.right).parent = successor;
        }
        TreeLinks<IdType>& moved = change_links(successor);
        moved.left = gone.left;
        moved.parent = gone.parent;
        moved.red = gone.red;
        change_links(gone.left).parent = successor;
        replace_child(gone.parent, node, successor);
    }

    // The child on the given side takes the node's place.
    void rotate_up(IdType node, bool left_child) {
        t_.visit();
        auto& falling = t_.change(node);
        TreeLinks<IdType>& down = t_.links_of(falling);
        const IdType up = child(falling, left_child);
        const IdType inner = left_child ? links(up).right : links(up).left;
        child(falling, left_child) = inner;
        if (inner) change_links(inner).parent = node;
        auto& rising = t_.change(up);
        child(rising, !left_child) = node;
        replace_child(down.parent, node, up);
        t_.links_of(rising).parent = down.parent;
        down.parent = up;
        t_.inherit(rising, falling);
        if (!t_.has_fault(Fault::rotation_value_stale)) t_.update(node, falling);
    }

    void repair_after_insert(IdType node) {
        for (;;) {
            IdType parent = links(node).parent;
            if (!parent) {
                paint(node, false);
                return;
            }
            const TreeLinks<IdType>& upper = links(parent);
            if (!upper.red) return;
            t_.visit();
            const IdType grandparent = upper.parent;  // exists: a red node is not the root
            const TreeLinks<IdType>& top = links(grandparent);
            const bool on_left = top.left == parent;
            const IdType uncle = on_left ? top.right : top.left;
            if (red(uncle)) {
                if (t_.has_fault(Fault::insert_not_recoloured)) return;
                paint(parent, false);
                paint(uncle, false);
                paint(grandparent, true);
                node = grandparent;
                continue;
            }
            const bool inner = (on_left ? upper.right : upper.left) == node;
            if (inner) {
                rotate_up(parent, !on_left);
                parent = node;
            }
            paint(parent, false);
            paint(grandparent, true);
            rotate_up(grandparent, on_left);
            return;
        }
    }

    // The subtree at `hole` (possibly empty) below `parent` lacks one black node.
    void repair_after_erase(IdType hole, IdType parent) {
        while (!red(hole)) {
            if (!parent) return;
            t_.visit();
            const TreeLinks<IdType>& above = links(parent);
            const bool on_left = above.left == hole;
            const auto other_child = [&above, on_left] { return on_left ? above.right : above.left; };
            IdType sibling = other_child();
            if (links(sibling).red) {
                paint(sibling, false);
                paint(parent, true);
                rotate_up(parent, !on_left);
                sibling = other_child();
            }
            const TreeLinks<IdType>& nephews = links(sibling);
            IdType far = on_left ? nephews.right : nephews.left;
            const IdType near = on_left ? nephews.left : nephews.right;
            if (!red(far) && !red(near)) {
                paint(sibling, true);
                hole = parent;
                parent = above.parent;
                continue;
            }
            if (!red(far)) {
                paint(near, false);
                paint(sibling, true);
                rotate_up(sibling, on_left);
                far = sibling;  // it fell there, and was painted: near is the sibling now
                sibling = near;
            }
            paint(sibling, above.red);
            paint(parent, false);
            paint(far, false);
            rotate_up(parent, !on_left);
            return;
        }
        paint(hole, false);
    }

    Links t_;
};

}  // namespace vmacheck
