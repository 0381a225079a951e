// Swap space: slots are counted by the entries that name them, and tied to their page in the swap cache.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct SwapCount {
    static constexpr PropertyInfo info{"swap-count", PropertyKind::counter,
                                       "the count of a slot of swap space is the number of page-table entries that "
                                       "name it",
                                       "swap_free, reuse_swap_page"};
    using Owner = SwapId;
    using Member = PteId;
    static Owner owner(const StateView<D>&, const Pte<D>& pte) { return pte.swap; }
    static Number<D> share(const StateView<D>&, const Pte<D>&) { return 1; }
    static Number<D> counted(Owner, const SwapSlot& slot) { return std::uint64_t{slot.count}; }
};

template <class D>
struct SwapCache {
    static constexpr PropertyInfo info{
        "swap-cache", PropertyKind::invariant,
        "a slot of swap space has an entry or a page, and an anonymous page in the swap cache and its slot name each "
        "other",
        "do_swap_page, try_to_free_swap"};

    static void swap(const World<D>& world, SwapId id, const SwapSlot& slot, Report& report) {
        if (slot.count == 0 && !slot.page) report.add(info, "{} is used by nobody, but not freed", describe(id));
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

template <class D>
struct SwapEntries {
    static constexpr PropertyInfo info{
        "swap-entries", PropertyKind::invariant,
        "an entry that is not present names a slot and no page, is not writable, and lies in a VMA with an anon_vma",
        "do_swap_page, copy_nonpresent_pte"};

    static void mapping(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
        if (!pte.swap) return;
        if (world.find(pte.swap) == nullptr)
            report.add(info, "address {:#x} is in a slot of swap space that was freed", address(pte.address));
        if (pte.page) report.add(info, "address {:#x} is present and swapped out", address(pte.address));
        if (pte.writable) report.add(info, "address {:#x} is swapped out, but writable", address(pte.address));
        if (!vma.anon_vma)
            report.add(info, "{} has no anon_vma, but {:#x} is swapped out", describe(vma), address(pte.address));
    }
};

}  // namespace vmacheck
