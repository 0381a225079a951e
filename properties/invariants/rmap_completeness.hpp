// A walk from a page's anon_vma or file finds every VMA that maps it, at the right address. try_to_unmap and truncation
// count on it: a mapping that is missed still reads the page after it was freed. Broken by: av-oldest-mapping,
// merge-case3-pgoff, av-chain-wrong-exporter, av-mremap-faulted-unfaulted, av-dup-before-lock.
#pragma once

#include "model/interval_tree.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct RmapCompleteness {
    static constexpr PropertyInfo info{
        "rmap-completeness", PropertyKind::invariant,
        "a walk from a page's anon_vma or file finds every VMA that maps it, at the right address",
        "try_to_unmap, migration, truncate"};
    static constexpr Changes reads = changed::range | changed::file | changed::anon_vma | changed::key | changed::chain;

    static void mapped_page(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
        const Page<D>* page = world.find(pte.page);
        if (page == nullptr) {
            if (pte.page) report.add(info, "address {:#x} maps a page that was freed", address(pte.address));
            return;  // the zero page has no reverse mapping, and a page in swap space needs none
        }
        if (page->index != vma.pgoff + (pte.address - vma.start))
            report.add(info, "{} has index {:#x}, but {} maps it at {:#x}", describe(pte.page), page->index.value(),
                       describe(vma), address(pte.address));
        if (page->anon_vma)
            anonymous(world, vma, pte, *page, report);
        else
            of_file(world, vma, pte, *page, report);
    }

private:
    // The walk looks into the anon_vma's tree with the page's index; the VMA must be among what it finds.
    static void anonymous(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, const Page<D>& page,
                          Report& report) {
        if (world.find(page.anon_vma) == nullptr) {
            report.add(info, "{} at {:#x} belongs to {}, which was freed", describe(pte.page), address(pte.address),
                       describe(page.anon_vma));
            return;
        }
        for (AvcId id : anon_vma_lookup(world, page.anon_vma, page.index))
            if (const Vma<D>* found = world.find(world[id].vma); found == &vma) return;
        report.add(info, "{} at {:#x} of process {} is not found from {}", describe(pte.page), address(pte.address),
                   slot_of(world, pte.mm), describe(page.anon_vma));
    }

    static void of_file(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, const Page<D>& page,
                        Report& report) {
        const File<D>* file = world.find(vma.file);
        if (file == nullptr || file->mapping != page.mapping) {
            report.add(info, "{} at {:#x} is of another file than {}", describe(pte.page), address(pte.address),
                       describe(vma));
            return;
        }
        for (VmaId id : i_mmap_lookup(world, page.mapping, page.index))
            if (world.find(id) == &vma) return;
        report.add(info, "{} at {:#x} of process {} is not found from i_mmap of {}", describe(pte.page),
                   address(pte.address), slot_of(world, pte.mm), describe(page.mapping));
    }
};

}  // namespace vmacheck
