#include "model/gap_tree.hpp"

#include "model/faults/trees.hpp"

namespace vmacheck {
namespace {

template <class D>
struct GapLinks {
    using IdType = VmaId;
    World<D>& world;
    MmId mm;

    const Vma<D>& at(VmaId id) const { return world[id]; }
    Vma<D>& change(VmaId id) { return world.change(id); }
    static auto& links_of(auto& vma) { return vma.rb; }
    VmaId root() const { return world[mm].rb_root; }
    void set_root(VmaId id) { world.change(mm).rb_root = id; }
    bool update(VmaId id, const Vma<D>& vma) {
        Number<D> gap = computed_subtree_gap(world, vma);
        if (identical(gap, vma.subtree_gap)) return false;
        world.change(id).subtree_gap = std::move(gap);
        return true;
    }
    void inherit(Vma<D>& to, const Vma<D>& from) {
        if (!identical(to.subtree_gap, from.subtree_gap)) to.subtree_gap = from.subtree_gap;
    }
    void visit() const { world.visit_tree_node(); }
    bool has_fault(Fault fault) const { return world.has_fault(fault); }
};

template <class D>
AugmentedTree<GapLinks<D>> gap_tree(World<D>& world, MmId mm) {
    return AugmentedTree<GapLinks<D>>({world, mm});
}

}  // namespace

template <class D>
Number<D> vma_gap(const World<D>& world, const Vma<D>& vma) {
    const Number<D> start = vm_start_gap(vma, world.parameters().stack_guard_gap);
    if (!vma.prev) return start;
    const Number<D> prev_end = vm_end_gap(world[vma.prev], world.parameters().stack_guard_gap);
    return max(start, prev_end) - prev_end;
}

template <class D>
Number<D> computed_subtree_gap(const World<D>& world, const Vma<D>& vma) {
    Number<D> gap = vma_gap(world, vma);
    if (vma.rb.left) gap = max(gap, world[vma.rb.left].subtree_gap);
    if (vma.rb.right && !world.has_fault(faults::gap_ignores_right_child))
        gap = max(gap, world[vma.rb.right].subtree_gap);
    return gap;
}

template <class D>
Number<D> max_gap(const World<D>& world, MmId mm) {
    const VmaId root = world[mm].rb_root;
    return root ? world[root].subtree_gap : Number<D>(0);
}

template <class D>
VmaId find_vma(const World<D>& world, MmId mm, const Number<D>& page) {
    VmaId found;
    VmaId node = world[mm].rb_root;
    while (node) {
        world.visit_tree_node();
        const Vma<D>& vma = world[node];
        if (vma.end > page) {
            found = node;
            if (vma.start <= page) break;
            node = vma.rb.left;
        } else {
            node = vma.rb.right;
        }
    }
    return found;
}

template <class D>
VmaId last_vma(const World<D>& world, MmId mm) {
    VmaId node = world[mm].rb_root;
    while (node && world[node].rb.right) {
        world.visit_tree_node();
        node = world[node].rb.right;
    }
    return node;
}

template <class D>
VmaId prev_of(const World<D>& world, MmId mm, VmaId found) {
    return found ? world[found].prev : last_vma(world, mm);
}

template <class D>
VmaId find_vma_intersection(const World<D>& world, MmId mm, const Number<D>& start, const Number<D>& end) {
    const VmaId vma = find_vma(world, mm, start);
    return vma && world[vma].start < end ? vma : VmaId();
}

template <class D>
void vma_gap_update(World<D>& world, VmaId vma) {
    gap_tree(world, world[vma].mm).propagate(vma);
}

template <class D>
void link_into_mm(World<D>& world, VmaId vma, VmaId prev) {
    Vma<D>& node = world.change(vma);
    const MmId mm = node.mm;
    VmaId& place = prev ? world.change(prev).next : world.change(mm).mmap;
    const VmaId next = place;
    place = vma;
    node.prev = prev;
    node.next = next;
    if (!next)
        world.change(mm).highest_vm_end = vm_end_gap(node, world.parameters().stack_guard_gap);
    else if (!world.has_fault(faults::link_prev_stale))
        world.change(next).prev = vma;
    if (world.has_fault(faults::link_rb_forgotten)) return;
    // The new node's gap and what is left of the successor's: one of the two propagations usually ends at once.
    auto tree = gap_tree(world, mm);
    tree.attach_between(vma, prev, next);
    if (next) tree.propagate(next);
    tree.balance(vma);
}

template <class D>
void unlink_from_list(World<D>& world, VmaId first, VmaId last) {
    const VmaId prev = world[first].prev;
    const VmaId next = world[last].next;
    if (prev)
        world.change(prev).next = next;
    else
        world.change(world[first].mm).mmap = next;
    if (next && !world.has_fault(faults::unlink_prev_stale)) world.change(next).prev = prev;
}

template <class D>
void erase_from_mm_rb(World<D>& world, VmaId vma) {
    gap_tree(world, world[vma].mm).erase(vma);
}

template <class D>
void unlink_from_mm(World<D>& world, VmaId vma) {
    erase_from_mm_rb(world, vma);
    unlink_from_list(world, vma, vma);
}

template Number<Plain> vma_gap(const World<Plain>&, const Vma<Plain>&);
template Number<Plain> max_gap(const World<Plain>&, MmId);
template Number<Plain> computed_subtree_gap(const World<Plain>&, const Vma<Plain>&);
template VmaId find_vma(const World<Plain>&, MmId, const Number<Plain>&);
template VmaId prev_of(const World<Plain>&, MmId, VmaId);
template VmaId last_vma(const World<Plain>&, MmId);
template VmaId find_vma_intersection(const World<Plain>&, MmId, const Number<Plain>&, const Number<Plain>&);
template void link_into_mm(World<Plain>&, VmaId, VmaId);
template void unlink_from_mm(World<Plain>&, VmaId);
template void unlink_from_list(World<Plain>&, VmaId, VmaId);
template void erase_from_mm_rb(World<Plain>&, VmaId);
template void vma_gap_update(World<Plain>&, VmaId);
template Number<Traced> vma_gap(const World<Traced>&, const Vma<Traced>&);
template Number<Traced> max_gap(const World<Traced>&, MmId);
template Number<Traced> computed_subtree_gap(const World<Traced>&, const Vma<Traced>&);
template VmaId find_vma(const World<Traced>&, MmId, const Number<Traced>&);
template VmaId prev_of(const World<Traced>&, MmId, VmaId);
template VmaId last_vma(const World<Traced>&, MmId);
template VmaId find_vma_intersection(const World<Traced>&, MmId, const Number<Traced>&, const Number<Traced>&);
template void link_into_mm(World<Traced>&, VmaId, VmaId);
template void unlink_from_mm(World<Traced>&, VmaId);
template void unlink_from_list(World<Traced>&, VmaId, VmaId);
template void erase_from_mm_rb(World<Traced>&, VmaId);
template void vma_gap_update(World<Traced>&, VmaId);

}  // namespace vmacheck
