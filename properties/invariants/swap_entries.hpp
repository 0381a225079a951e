// An entry that is not present names a slot and no page, is not writable, and lies in a VMA with an anon_vma.
// do_swap_page maps the page with that anon_vma. Broken by: swap-entry-writable.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct SwapEntries {
    static constexpr PropertyInfo info{
        "swap-entries", PropertyKind::invariant,
        "an entry that is not present names a slot and no page, is not writable, and lies in a VMA with an anon_vma",
        "do_swap_page, copy_nonpresent_pte"};
    static constexpr Changes reads = changed::anon_vma;

    static void mapped_page(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
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
