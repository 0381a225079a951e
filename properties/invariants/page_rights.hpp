// A page is mapped writable only in a writable VMA, and an anonymous one only where it is mapped once. Otherwise
// copy-on-write is skipped, and one process writes the memory of another. Broken by: fork-leaves-writable.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct PageRights {
    static constexpr PropertyInfo info{
        "page-rights", PropertyKind::invariant,
        "a page is mapped writable only in a writable VMA, and an anonymous one only where it is "
        "mapped once",
        "do_wp_page, copy-on-write"};
    static constexpr Changes reads = changed::content;
    static void mapped_page(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
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

}  // namespace vmacheck
