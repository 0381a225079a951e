// data_vm is the pages of private writable VMAs that are no stack. may_expand_vm reads it for RLIMIT_DATA.
// Broken by: munmap-partial-total-vm, data-vm-not-counted.
#pragma once

#include "properties/step/pages_of_vmas.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct DataVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"data-vm", PropertyKind::counter,
                                       "data_vm is the pages of private writable VMAs that are no stack",
                                       "may_expand_vm"};
    static constexpr Changes reads = changed::content;
    static constexpr std::string_view field = "data_vm";
    static Number<D> share(const StateView<D>& then, const Vma<D>& vma) {
        return page_counters::is_data(then, vma.flags) ? DataVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.data_vm; }
};

}  // namespace vmacheck
