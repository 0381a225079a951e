// highest_vm_end is the end of the last VMA with its guard gap, and 0 without VMAs. Above it unmapped_area takes all
// space for free: too low, and a mapping is placed over another. Broken by: fork-stale-highest, munmap-highest-kept,
// adjust-highest-not-raised.
#pragma once

#include "model/gap_tree.hpp"
#include "properties/step/property.hpp"
#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct HighestVmEnd {
    static constexpr PropertyInfo info{
        "highest-vm-end", PropertyKind::invariant,
        "highest_vm_end is the end of the last VMA with its guard gap, or 0 without VMAs", "unmapped_area_topdown"};
    static constexpr Changes reads = changed::content | changed::list;

    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        const Mm<D>* mm = world.find(vma.mm);
        if (vma.next || mm == nullptr) return;
        const Number<D> end = free_above(world, vma);
        if (mm->highest_vm_end != end)
            report.add(info, "highest_vm_end of process {} is {:#x}, expected {:#x}, the end of the last VMA",
                       slot_of(world, vma.mm), address(mm->highest_vm_end), address(end));
    }

    static void mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        if (!mm.mmap) {
            if (mm.highest_vm_end != 0)
                report.add(info, "highest_vm_end of process {} is {:#x}, expected 0 without VMAs", slot_of(world, id),
                           address(mm.highest_vm_end));
            return;
        }
        // If it moved although the last VMA did not, that VMA is not among those checked.
        const Mm<D>* before = world.before(id);
        if (before != nullptr && identical(before->highest_vm_end, mm.highest_vm_end)) return;
        const VmaId last = last_vma(world, id);
        if (last) vma(world, last, world[last], report);
    }
};

}  // namespace vmacheck
