// The marker of a guard page stands for no page: it names neither a page nor a slot of swap space, and is not writable.
// It lies in memory that can have guard pages, on a kernel that has them. Before VM_MAYBE_GUARD, in 6.19, the VMA has an
// anon_vma, without which fork would not copy its page tables. Broken by: guard-keeps-page.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct GuardEntries {
    static constexpr PropertyInfo info{
        "guard-entries", PropertyKind::invariant,
        "the marker of a guard page names no page and no slot, is not writable, and lies in a VMA that can have guard "
        "pages",
        "madvise_guard_install"};
    static constexpr Changes reads = changed::content | changed::file | changed::anon_vma;

    static void mapped_page(const World<D>& world, const Vma<D>& vma, const Pte<D>& pte, Report& report) {
        if (!pte.guard) return;
        const Policies& policy = world.profile().policy;
        if (pte.page || pte.swap) report.add(info, "guard page {:#x} still names its page", address(pte.address));
        if (pte.writable || pte.dirty) report.add(info, "guard page {:#x} is writable or dirty", address(pte.address));
        const bool none = policy.guard_regions == GuardRegions::none;
        const bool file = policy.guard_regions == GuardRegions::anonymous && vma.ops != VmOps::none;
        if (none || file || (vma.flags & (vm::special | vm::hugetlb)) != 0)
            report.add(info, "{} cannot have guard pages, and {:#x} is one", describe(vma), address(pte.address));
        if (!keeps_sticky_flags(policy) && !vma.anon_vma)
            report.add(info, "{} has no anon_vma, and {:#x} is a guard page", describe(vma), address(pte.address));
    }
};

}  // namespace vmacheck
