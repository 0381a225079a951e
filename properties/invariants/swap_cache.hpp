// A slot of swap space has an entry or a page, and a page in the swap cache and its slot name each other. do_swap_page
// takes the page that it finds there for the contents of the slot. Broken by: reuse-keeps-slot.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct SwapCache {
    static constexpr PropertyInfo info{
        "swap-cache", PropertyKind::invariant,
        "a slot of swap space has an entry or a page, and an anonymous page in the swap cache and its slot name each "
        "other",
        "do_swap_page, try_to_free_swap"};

    static void swap(const World<D>& world, SwapId id, const SwapSlot& slot, Report& report) {
        if (slot.count == 0 && !slot.page) report.add(info, "{} is used by no one, but not freed", describe(id));
        if (!slot.page) return;
        const Page<D>* page = world.find(slot.page);
        if (page == nullptr)
            report.add(info, "{} has a page that was freed", describe(id));
        else if (page->swap != id)
            report.add(info, "{} has {}, which has another slot or none", describe(id), describe(slot.page));
    }

    static void page(const World<D>& world, PageId id, const Page<D>& page, Report& report) {
        if (!page.swap) return;
        const SwapSlot* slot = world.find(page.swap);
        if (slot == nullptr || slot->page != id)
            report.add(info, "{} is in the swap cache with a slot that does not have it", describe(id));
        if (page.mapping) report.add(info, "{} is of a file and in the swap cache", describe(id));
        if (!page.swap_backed) report.add(info, "{} was lazily freed, but is in the swap cache", describe(id));
    }
};

}  // namespace vmacheck
