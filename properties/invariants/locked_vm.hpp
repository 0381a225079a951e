// locked_vm is the pages of VM_LOCKED VMAs. RLIMIT_MEMLOCK is held against it: too large, and a process that unlocked
// all it had can lock no more. Broken by: dontunmap-locked-partial, dontunmap-locked-selfmerge, dontunmap-locked-double,
// special-mapping-locked, mlock-count-width, mremap-growth-width.
#pragma once

#include "properties/step/pages_of_vmas.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct LockedVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"locked-vm", PropertyKind::counter, "locked_vm is the pages of VM_LOCKED VMAs",
                                       "mlock_future_check"};
    static constexpr Changes reads = changed::content;
    static constexpr std::string_view field = "locked_vm";
    static Number<D> share(const StateView<D>&, const Vma<D>& vma) {
        return (vma.flags & vm::locked) != 0 ? LockedVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.locked_vm; }
};

}  // namespace vmacheck
