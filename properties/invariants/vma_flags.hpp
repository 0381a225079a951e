// What the flags and offsets of a VMA may be together.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AccessWithinMay {
    static constexpr PropertyInfo info{"access-within-may", PropertyKind::invariant,
                                       "each of READ, WRITE and EXEC has its MAY bit", "mprotect, ptrace access"};
    static void vma(const World<D>&, VmaId, const Vma<D>& vma, Report& report) {
        if ((vma.flags & vm::access & ~(vma.flags >> 4)) != 0)
            report.add(info, "{} has access rights beyond its MAY bits (flags {:#x})", describe(vma), vma.flags);
    }
};

template <class D>
struct AccountFlag {
    static constexpr PropertyInfo info{
        "account-flag", PropertyKind::invariant,
        "VM_ACCOUNT is only on private VMAs, and on every private writable one that is neither "
        "NORESERVE nor hugetlb",
        "vm_unacct_memory at munmap"};
    static void vma(const World<D>&, VmaId, const Vma<D>& vma, Report& report) {
        constexpr VmFlags looked_at = vm::account | vm::write | vm::shared | vm::noreserve | vm::hugetlb;
        const VmFlags flags = vma.flags & looked_at;
        if ((flags & vm::account) != 0 && (flags & vm::shared) != 0)
            report.add(info, "{} is shared and has VM_ACCOUNT", describe(vma));
        if (flags == vm::write) report.add(info, "{} is private and writable without VM_ACCOUNT", describe(vma));
    }
};

template <class D>
struct UnfaultedPgoff {
    static constexpr PropertyInfo info{"unfaulted-pgoff", PropertyKind::invariant,
                                       "anonymous private memory that never had a page has its own address as offset",
                                       "vma_merge, copy_vma"};
    static void vma(const World<D>&, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.file || faulted(vma) || (vma.flags & vm::may_share) != 0 || vma.ops != VmOps::none) return;
        if (vma.pgoff != vma.start)
            report.add(info, "{} is unfaulted, but its vm_pgoff is {:#x}", describe(vma), vma.pgoff.value());
    }
};

template <class D>
struct PgoffRange {
    static constexpr PropertyInfo info{"pgoff-range", PropertyKind::invariant,
                                       "the page offsets of a VMA do not wrap around", "vma_interval_tree_insert"};
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.end > vma.start && vma.pgoff + (vma.end - vma.start) >= std::uint64_t{1}
                                                                            << world.parameters().pgoff_bits)
            report.add(info, "the offsets of {} wrap around", describe(vma));
    }
};

}  // namespace vmacheck
