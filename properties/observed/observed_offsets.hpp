// The page offsets of a VMA do not wrap around.
//
// pgoff plus the length must stay within the page offsets of 64 bits. Where it wraps, the interval tree of the file or
// anon_vma loses the VMA. Broken by: pgoff-wrap-down, pgoff-wrap-mremap, pgoff-wrap-up.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedOffsets {
    static constexpr PropertyInfo info{"observed-offsets", PropertyKind::observed,
                                       "the page offsets of each VMA shown do not wrap around",
                                       "vma_interval_tree_insert"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_vma(observation, [&](const VmaView& vma) {
            if (vma.pgoff && vma.end > vma.start && *vma.pgoff + (vma.end - vma.start) < *vma.pgoff)
                report.add(info, "the page offset of {} is {:#x}, expected at most {:#x}", observed::text_of(vma),
                           *vma.pgoff, ~std::uint64_t{0} - (vma.end - vma.start) + 1);
        });
    }
};

}  // namespace vmacheck
