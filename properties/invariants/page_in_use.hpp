// A page is mapped somewhere or wanted in the swap cache, and is either anonymous or in the cache of a file. One that
// nothing wants is leaked; where one is not found in its cache, the next fault reads the page a second time. Broken by:
// zap-keeps-page.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct PageInUse {
    static constexpr PropertyInfo info{
        "page-in-use", PropertyKind::invariant,
        "a page is mapped somewhere or wanted in the swap cache, and is either anonymous or in the cache of its file",
        "free_unref_page"};
    static void page(const World<D>& world, PageId id, const Page<D>& page, Report& report) {
        const SwapSlot* slot = world.find(page.swap);
        const bool wanted = slot != nullptr && slot->count > 0;
        if (page.mapcount == 0 && !wanted) report.add(info, "{} is mapped nowhere, but not freed", describe(id));
        if (static_cast<bool>(page.anon_vma) == static_cast<bool>(page.mapping))
            report.add(info, "{} is {} anonymous and of a file", describe(id), page.anon_vma ? "both" : "neither");
        if (page.mapping && !cached(world, id, page))
            report.add(info, "{} is not in the page cache of {} at its index", describe(id), describe(page.mapping));
    }

private:
    // By the numbers as they are: where an entry lies in the cache is no decision of the kernel's.
    static bool cached(const World<D>& world, PageId id, const Page<D>& page) {
        const AddressSpace<D>* mapping = world.find(page.mapping);
        PageId at = mapping != nullptr ? mapping->page_cache : PageId();
        for (const Page<D>* node = world.find(at); node != nullptr && at != id; node = world.find(at))
            at = page.index.value() < node->index.value() ? node->rb.left : node->rb.right;
        return at == id;
    }
};

}  // namespace vmacheck
