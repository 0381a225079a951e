// rb_subtree_gap of a VMA is the largest gap in its subtree. unmapped_area prunes by it: too small, and free space is
// not found; too large, and the search runs into a subtree that has none. Broken by: adjust-gap-not-updated,
// munmap-gap-not-updated, gap-ignores-right-child, tree-propagates-once, rotation-value-stale,
// erase-successor-parent-stale.
#pragma once

#include "properties/step/property.hpp"
#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct GapCache {
    static constexpr PropertyInfo info{"gap-cache", PropertyKind::invariant,
                                       "rb_subtree_gap of each node is the largest gap in its subtree",
                                       "unmapped_area, unmapped_area_topdown"};
    static constexpr Changes reads = changed::gap;

    // A definition of the gap apart from the model's, from the list alone. Guard gaps are not free.
    static Number<D> own_gap(const World<D>& world, const Vma<D>& vma) {
        const std::uint64_t guard = (vma.flags & vm::growsdown) != 0 ? world.parameters().stack_guard_gap : 0;
        const Vma<D>* prev = world.find(vma.prev);
        const Number<D> below = prev != nullptr ? free_above(world, *prev) : Number<D>(0);
        return max(vma.start, below + guard) - (below + guard);
    }

    static void node(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        Number<D> largest = own_gap(world, vma);
        for (VmaId child : {vma.rb.left, vma.rb.right})
            if (const Vma<D>* below = world.find(child)) largest = max(largest, below->subtree_gap);
        if (vma.subtree_gap != largest)
            report.add(info, "rb_subtree_gap of {} is {}, expected {}", describe(vma),
                       page_count(vma.subtree_gap.value()), largest.value());
    }
};

}  // namespace vmacheck
