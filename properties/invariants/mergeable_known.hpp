// A process with a VM_MERGEABLE VMA is known to ksmd, and the VMA is private. Otherwise ksmd never scans the VMA, and
// the exit of the process does not wait for it. Broken by: ksm-fork-forgotten.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct MergeableKnown {
    static constexpr PropertyInfo info{"mergeable-known", PropertyKind::invariant,
                                       "a process with a VM_MERGEABLE VMA is known to ksmd, and the VMA is private",
                                       "ksm_exit, scan_get_next_rmap_item"};
    static constexpr Changes reads = changed::content;
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if ((vma.flags & vm::mergeable) == 0) return;
        const Mm<D>* mm = world.find(vma.mm);
        if (mm != nullptr && !mm->ksm_entered)
            report.add(info, "{} is mergeable, and ksmd does not know of process {}", describe(vma),
                       slot_of(world, vma.mm));
        if ((vma.flags & (vm::shared | vm::may_share)) != 0)
            report.add(info, "{} is mergeable and shared", describe(vma));
    }
};

}  // namespace vmacheck
