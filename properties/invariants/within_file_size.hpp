// No page of a file mapping lies beyond the end of the file: it is neither cached, nor mapped, nor copied. A truncation
// that leaves one shows old contents when the file grows again. Guard pages may lie there: they hold nothing. Broken by: truncate-keeps-copies.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct WithinFileSize {
    static constexpr PropertyInfo info{
        "within-file-size", PropertyKind::invariant,
        "no page of a file mapping lies beyond the end of the file: it is neither cached, nor mapped, nor copied",
        "truncate_pagecache, filemap_fault"};
    static constexpr Changes reads = changed::content;

    static void mapped_page(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
        const File<D>* file = world.find(vma.file);
        if (file == nullptr || vma.ops == VmOps::none || vma.ops == VmOps::special || pte.guard) return;
        const AddressSpace<D>* space = world.find(file->mapping);
        if (space == nullptr || space->endless) return;
        if (vma.pgoff + (pte.address - vma.start) >= space->size)
            report.add(info, "{:#x} of process {} is beyond the {} pages of {}", address(pte.address),
                       slot_of(world, pte.mm), space->size.value(), describe(vma.file));
    }

    // After a truncation nothing else need have changed.
    static void address_space(const World<D>& world, AddressSpaceId id, const AddressSpace<D>& space, Report& report) {
        if (space.endless) return;
        for (PageId node = space.page_cache; node;) {
            const Page<D>& page = world[node];
            if (!page.rb.right && page.index >= space.size)
                report.add(info, "page {:#x} of {} is cached beyond its {} pages", page.index.value(), describe(id),
                           space.size.value());
            node = page.rb.right;
        }
        visit(world, space.i_mmap, space, report);
    }

private:
    static void visit(const World<D>& world, VmaId id, const AddressSpace<D>& space, Report& report) {
        const Vma<D>* vma = world.find(id);
        if (vma == nullptr || vma->shared.subtree_last < space.size) return;
        visit(world, vma->shared_rb.left, space, report);
        if (const Mm<D>* mm = world.find(vma->mm)) entries(world, mm->pte_root, *vma, report);
        visit(world, vma->shared_rb.right, space, report);
    }
    static void entries(const World<D>& world, PteId node, const Vma<D>& vma, Report& report) {
        if (!node) return;
        const Pte<D>& pte = world[node];
        if (pte.address >= vma.start) entries(world, pte.rb.left, vma, report);
        if (pte.address >= vma.start && pte.address < vma.end) mapped_page(world, vma, pte, report);
        if (pte.address < vma.end) entries(world, pte.rb.right, vma, report);
    }
};

}  // namespace vmacheck
