// Pages: reverse mapping finds them wherever they are mapped, and nobody may write what is not theirs alone.
#pragma once

#include "model/interval_tree.hpp"
#include "properties/step/property.hpp"

#include <algorithm>

namespace vmacheck {

template <class D>
struct RmapCompleteness {
    static constexpr PropertyInfo info{
        "rmap-completeness", PropertyKind::invariant,
        "a walk from a page's anon_vma or file finds every VMA that maps it, at the right address",
        "try_to_unmap, migration, truncate"};

    static void mapping(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
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

template <class D>
struct PageRights {
    static constexpr PropertyInfo info{
        "page-rights", PropertyKind::invariant,
        "a page is mapped writable only in a writable VMA, and an anonymous one only where it is "
        "mapped once",
        "do_wp_page, copy-on-write"};
    static void mapping(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
        if (!pte.writable) return;
        if ((vma.flags & vm::write) == 0)
            report.add(info, "{:#x} is mapped writable in the read-only {}", address(pte.address), describe(vma));
        const Page<D>* page = world.find(pte.page);
        if (!pte.page && !pte.swap) report.add(info, "the zero page is mapped writable at {:#x}", address(pte.address));
        if (page != nullptr && page->anon_vma && page->mapcount != 1)
            report.add(info, "{} is mapped writable at {:#x} and {} times in all", describe(pte.page),
                       address(pte.address), page->mapcount);
        if (page != nullptr && page->mapping && (vma.flags & vm::shared) == 0)
            report.add(info, "a page of the file is mapped writable at {:#x} in the private {}", address(pte.address),
                       describe(vma));
    }
};

template <class D>
struct PagesInsideVmas {
    static constexpr PropertyInfo info{"pages-inside-vmas", PropertyKind::invariant,
                                       "no page is mapped outside all VMAs", "unmap_region, free_pgtables"};
    static void stray(const World<D>& world, const Pte<D>& pte, Report& report) {
        report.add(info, "{:#x} of process {} is mapped, but no VMA is there", address(pte.address),
                   slot_of(world, pte.mm));
    }
};

template <class D>
struct PageMapcount {
    static constexpr PropertyInfo info{"page-mapcount", PropertyKind::counter,
                                       "mapcount of a page is the number of page-table entries that map it",
                                       "page_remove_rmap"};
    using Owner = PageId;
    using Member = PteId;
    static Owner owner(const StateView<D>&, const Pte<D>& pte) { return pte.page; }
    static Number<D> share(const StateView<D>&, const Pte<D>&) { return 1; }
    static Number<D> counted(Owner, const Page<D>& page) { return std::uint64_t{page.mapcount}; }
};

template <class D>
struct PageInUse {
    static constexpr PropertyInfo info{
        "page-in-use", PropertyKind::invariant,
        "a page is mapped somewhere or wanted in the swap cache, and is either anonymous or of a file",
        "free_unref_page"};
    static void page(const World<D>& world, PageId id, const Page<D>& page, Report& report) {
        const SwapSlot* slot = world.find(page.swap);
        const bool wanted = slot != nullptr && slot->count > 0;
        if (page.mapcount == 0 && !wanted) report.add(info, "{} is mapped nowhere, but not freed", describe(id));
        if (static_cast<bool>(page.anon_vma) == static_cast<bool>(page.mapping))
            report.add(info, "{} is {} anonymous and of a file", describe(id), page.anon_vma ? "both" : "neither");
    }
};

}  // namespace vmacheck
