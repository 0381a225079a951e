// The page offsets of a VMA do not wrap around. Interval trees are ordered by the last offset: of a wrapped one reverse
// mapping finds nothing. Broken by: pgoff-wrap-down, pgoff-wrap-up, pgoff-wrap-mremap.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct PgoffRange {
    static constexpr PropertyInfo info{"pgoff-range", PropertyKind::invariant,
                                       "the page offsets of a VMA do not wrap around", "vma_interval_tree_insert"};
    static constexpr Changes reads = changed::range;
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.end > vma.start && vma.pgoff + (vma.end - vma.start) >= std::uint64_t{1}
                                                                            << world.parameters().pgoff_bits)
            report.add(info, "the page offsets of {} end at {:#x}, expected below {:#x}", describe(vma),
                       (vma.pgoff + (vma.end - vma.start)).value(), std::uint64_t{1} << world.parameters().pgoff_bits);
    }
};

}  // namespace vmacheck
