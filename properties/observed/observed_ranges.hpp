// A VMA holds at least one page and lies within the addresses there are.
//
// An empty or inverted VMA is what a shrink leaves behind that forgot to free it: every walk over pages then runs away.
// Broken by: none known.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedRanges {
    static constexpr PropertyInfo info{"observed-ranges", PropertyKind::observed,
                                       "each VMA shown holds at least one page below 2^64", "zap_page_range"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_vma(observation, [&](const VmaView& vma) {
            if (vma.start >= vma.end) report.add(info, "{} holds no page", observed::text_of(vma));
            if (vma.end > pages_in_64_bits)
                report.add(info, "the VMA of pages {:#x} to {:#x} ends beyond 64 bits", vma.start, vma.end);
        });
    }
};

}  // namespace vmacheck
