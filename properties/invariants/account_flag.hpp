// VM_ACCOUNT is on every private writable VMA that is neither NORESERVE nor hugetlb, and on no shared one. munmap
// returns a charge by this flag: wrong, and vm_committed_as drifts. Broken by: movevma-munmap-fail-acct.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AccountFlag {
    static constexpr PropertyInfo info{
        "account-flag", PropertyKind::invariant,
        "VM_ACCOUNT is only on private VMAs, and on every private writable one that is neither "
        "NORESERVE nor hugetlb",
        "vm_unacct_memory at munmap"};
    static constexpr Changes reads = changed::content;
    static void vma(const World<D>&, VmaId, const Vma<D>& vma, Report& report) {
        constexpr VmFlags looked_at = vm::account | vm::write | vm::shared | vm::noreserve | vm::hugetlb;
        const VmFlags flags = vma.flags & looked_at;
        if ((flags & vm::account) != 0 && (flags & vm::shared) != 0)
            report.add(info, "{} is shared and has VM_ACCOUNT", describe(vma));
        if (flags == vm::write) report.add(info, "{} is private and writable without VM_ACCOUNT", describe(vma));
    }
};

}  // namespace vmacheck
