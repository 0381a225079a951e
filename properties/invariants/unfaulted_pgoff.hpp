// Anonymous private memory that never had a page has its own address as vm_pgoff. vma_merge compares offsets: another
// one prevents merges, or joins VMAs whose pages have other indexes. Broken by: merge-case3-pgoff, split-pgoff,
// wipeonfork-stale-pgoff.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct UnfaultedPgoff {
    static constexpr PropertyInfo info{"unfaulted-pgoff", PropertyKind::invariant,
                                       "anonymous private memory that never had a page has its own address as offset",
                                       "vma_merge, copy_vma"};
    static constexpr Changes reads = changed::content;
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.file || faulted(vma) || (vma.flags & vm::may_share) != 0 || vma.ops != VmOps::none) return;
        // What mremap leaves behind keeps the offset that its pages had.
        const Policies& policy = world.profile().policy;
        if (policy.dontunmap_unfaults && policy.dontunmap_apart == DontunmapApart::no) return;
        if (vma.pgoff != vma.start)
            report.add(info, "{} is unfaulted, but its vm_pgoff is {:#x}", describe(vma), vma.pgoff.value());
    }
};

}  // namespace vmacheck
