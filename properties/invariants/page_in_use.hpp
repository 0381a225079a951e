// A page is mapped somewhere or wanted in the swap cache, and is either anonymous or of a file. One that nothing wants
// is leaked. Broken by: none known.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

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
