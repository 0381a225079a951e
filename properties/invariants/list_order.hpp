// The list of an address space: VMAs are linked both ways, not empty, sorted by address, disjoint, and below TASK_SIZE.
// find_vma and free_pgtables walk it without looking back: an overlap or a stale vm_prev makes them free the page
// tables of a neighbour. Broken by: link-prev-stale, unlink-prev-stale.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct ListOrder {
    static constexpr PropertyInfo info{
        "list-order", PropertyKind::invariant,
        "the VMAs of an address space are linked both ways, not empty, sorted by address, "
        "disjoint, and below TASK_SIZE",
        "find_vma, free_pgtables"};
    static constexpr Changes reads = changed::range | changed::owner | changed::list | changed::neighbour;

    static void vma(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        if (vma.end <= vma.start) report.add(info, "{} is empty", describe(vma));
        if (vma.end > world.parameters().task_size) report.add(info, "{} reaches above TASK_SIZE", describe(vma));
        if (const Vma<D>* next = world.find(vma.next)) {
            if (next->start < vma.end) report.add(info, "{} overlaps the next, {}", describe(vma), describe(*next));
            if (next->prev != id) report.add(info, "vm_prev of {} is not the VMA before it", describe(*next));
            if (next->mm != vma.mm) report.add(info, "{} is followed by a VMA of another process", describe(vma));
        }
        if (const Vma<D>* prev = world.find(vma.prev)) {
            if (prev->next != id) report.add(info, "vm_next of {} is not the VMA after it", describe(*prev));
        } else if (const Mm<D>* mm = world.find(vma.mm); mm != nullptr && !vma.prev && mm->mmap != id) {
            report.add(info, "{} has no vm_prev but is not the first of the list", describe(vma));
        }
    }

    static void mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        if (const Vma<D>* first = world.find(mm.mmap); first != nullptr && (first->prev || first->mm != id))
            report.add(info, "the list of process {} begins with a VMA that has a predecessor", slot_of(world, id));
    }
};

}  // namespace vmacheck
