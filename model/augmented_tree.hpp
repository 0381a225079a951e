// The red-black tree of the model, augmented with a value each node derives from itself and its children.
//
// One implementation, used for mm_rb with its subtree gaps, for i_mmap and the anon_vma interval trees with their
// cached maxima, and without a value for page tables and the page cache. It is written out here because it is what is
// checked.
//
// A Links policy supplies:
//   using IdType
//   const TreeLinks<IdType>& at(IdType)          links of a node, for reading
//   TreeLinks<IdType>& change(IdType)            the same for changing
//   IdType root(); void set_root(IdType)
//   bool update(IdType)                          recompute the node's value; whether it changed
//   void inherit(IdType to, IdType from)         copy the value: `to` takes over the whole subtree of `from`
//   void visit()                                 count a visited node
//   bool has_fault(Fault) const                  is the fault switched on for this tree?
#pragma once

#include "model/fault.hpp"
#include "model/vma.hpp"

namespace vmacheck {

template <class Links>
class AugmentedTree {
public:
    using IdType = typename Links::IdType;

    explicit AugmentedTree(Links links) : t_(links) {}

    [[nodiscard]] IdType root() { return t_.root(); }

    [[nodiscard]] IdType first() {
        IdType node = t_.root();
        while (node && t_.at(node).left) node = t_.at(node).left;
        return node;
    }

    // Links a new node below parent (the empty id: the tree is empty), then repairs values and colours.
    void insert(IdType node, IdType parent, bool as_left) {
        attach(node, parent, as_left);
        balance(node);
    }

    // The two halves of insert. Whoever has other values to repair does so between them: a rotation copies the value of
    // a whole subtree, which must be right by then.
    void attach(IdType node, IdType parent, bool as_left) {
        TreeLinks<IdType>& links = t_.change(node);
        links = {parent, {}, {}, true};
        if (!parent)
            t_.set_root(node);
        else if (as_left)
            t_.change(parent).left = node;
        else
            t_.change(parent).right = node;
        t_.update(node);
        propagate(parent);
    }
    void balance(IdType node) { repair_after_insert(node); }

    // Links a new node directly after `before` in order (the empty id: as the first).
    void insert_after(IdType node, IdType before) {
        attach_after(node, before);
        balance(node);
    }
    void attach_after(IdType node, IdType before) {
        if (!before) {
            IdType leftmost = first();
            attach(node, leftmost, true);
        } else if (!t_.at(before).right) {
            attach(node, before, false);
        } else {
            IdType place = t_.at(before).right;
            while (t_.at(place).left) {
                t_.visit();
                place = t_.at(place).left;
            }
            attach(node, place, true);
        }
    }

    void erase(IdType node) {
        const TreeLinks<IdType> links = t_.at(node);
        IdType hole;  // what takes the place where a node disappears, possibly nothing
        IdType hole_parent;
        bool removed_black = !links.red;
        if (!links.left || !links.right) {
            hole = links.left ? links.left : links.right;
            hole_parent = links.parent;
            replace_child(links.parent, node, hole);
            if (hole) t_.change(hole).parent = links.parent;
            propagate(hole_parent);
        } else {
            IdType successor = links.right;
            while (t_.at(successor).left) {
                t_.visit();
                successor = t_.at(successor).left;
            }
            const TreeLinks<IdType> old = t_.at(successor);
            removed_black = !old.red;
            hole = old.right;
            if (old.parent == node) {
                hole_parent = successor;
            } else {
                hole_parent = old.parent;
                t_.change(old.parent).left = hole;
                if (hole) t_.change(hole).parent = old.parent;
                t_.change(successor).right = links.right;
                t_.change(links.right).parent = successor;
            }
            TreeLinks<IdType>& moved = t_.change(successor);
            moved.left = links.left;
            moved.parent = links.parent;
            moved.red = links.red;
            t_.change(links.left).parent = successor;
            replace_child(links.parent, node, successor);
            // From the hole up to the moved node everything may differ; above it the usual early stop holds.
            const bool stale = t_.has_fault(Fault::erase_successor_parent_stale);
            for (IdType up = stale ? successor : hole_parent; up && up != successor; up = t_.at(up).parent) {
                t_.visit();
                t_.update(up);
            }
            t_.visit();
            t_.update(successor);
            propagate(t_.at(successor).parent);
        }
        t_.change(node) = {};
        if (removed_black && !t_.has_fault(Fault::erase_not_rebalanced)) repair_after_erase(hole, hole_parent);
    }

    // Recomputes values from a node towards the root, until one does not change.
    void propagate(IdType node) {
        const bool once = t_.has_fault(Fault::tree_propagates_once);
        while (node) {
            t_.visit();
            if (!t_.update(node) || once) break;
            node = t_.at(node).parent;
        }
    }

private:
    [[nodiscard]] bool red(IdType node) { return node && t_.at(node).red; }
    void paint(IdType node, bool red) {
        if (t_.at(node).red != red) t_.change(node).red = red;
    }

    void replace_child(IdType parent, IdType from, IdType to) {
        if (!parent)
            t_.set_root(to);
        else if (t_.at(parent).left == from)
            t_.change(parent).left = to;
        else
            t_.change(parent).right = to;
    }

    // The child on the given side takes the node's place.
    void rotate_up(IdType node, bool left_child) {
        t_.visit();
        const IdType up = left_child ? t_.at(node).left : t_.at(node).right;
        const IdType parent = t_.at(node).parent;
        const IdType inner = left_child ? t_.at(up).right : t_.at(up).left;
        (left_child ? t_.change(node).left : t_.change(node).right) = inner;
        if (inner) t_.change(inner).parent = node;
        (left_child ? t_.change(up).right : t_.change(up).left) = node;
        replace_child(parent, node, up);
        t_.change(up).parent = parent;
        t_.change(node).parent = up;
        t_.inherit(up, node);
        if (!t_.has_fault(Fault::rotation_value_stale)) t_.update(node);
    }

    void repair_after_insert(IdType node) {
        for (;;) {
            IdType parent = t_.at(node).parent;
            if (!parent) {
                paint(node, false);
                return;
            }
            if (!t_.at(parent).red) return;
            t_.visit();
            const IdType grandparent = t_.at(parent).parent;  // exists: a red node is not the root
            const bool on_left = t_.at(grandparent).left == parent;
            const IdType uncle = on_left ? t_.at(grandparent).right : t_.at(grandparent).left;
            if (red(uncle)) {
                if (t_.has_fault(Fault::insert_not_recoloured)) return;
                paint(parent, false);
                paint(uncle, false);
                paint(grandparent, true);
                node = grandparent;
                continue;
            }
            const bool inner = on_left ? t_.at(parent).right == node : t_.at(parent).left == node;
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
            const bool on_left = t_.at(parent).left == hole;
            IdType sibling = on_left ? t_.at(parent).right : t_.at(parent).left;
            if (t_.at(sibling).red) {
                paint(sibling, false);
                paint(parent, true);
                rotate_up(parent, !on_left);
                sibling = on_left ? t_.at(parent).right : t_.at(parent).left;
            }
            IdType far = on_left ? t_.at(sibling).right : t_.at(sibling).left;
            const IdType near = on_left ? t_.at(sibling).left : t_.at(sibling).right;
            if (!red(far) && !red(near)) {
                paint(sibling, true);
                hole = parent;
                parent = t_.at(hole).parent;
                continue;
            }
            if (!red(far)) {
                paint(near, false);
                paint(sibling, true);
                rotate_up(sibling, on_left);
                sibling = near;
                far = on_left ? t_.at(sibling).right : t_.at(sibling).left;
            }
            paint(sibling, t_.at(parent).red);
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
