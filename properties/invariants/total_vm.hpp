// total_vm is the pages of all VMAs. may_expand_vm reads it for RLIMIT_AS: too large, and a process is refused memory.
// Broken by: munmap-partial-total-vm, mremap-growth-width.
#pragma once

#include "properties/step/pages_of_vmas.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct TotalVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"total-vm", PropertyKind::counter, "total_vm is the pages of all VMAs",
                                       "may_expand_vm"};
    static constexpr Changes reads = changed::range | changed::owner;
    static constexpr std::string_view field = "total_vm";
    static Number<D> share(const StateView<D>&, const Vma<D>& vma) { return TotalVm::length(vma); }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.total_vm; }
};

}  // namespace vmacheck
