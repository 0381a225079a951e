// stack_vm is the pages of the VMAs that grow as stacks do. /proc/PID/status shows it as VmStk. Broken by:
// stack-vm-not-counted.
#pragma once

#include "properties/step/pages_of_vmas.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct StackVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"stack-vm", PropertyKind::counter,
                                       "stack_vm is the pages of the VMAs that grow as stacks do",
                                       "/proc/PID/status VmStk"};
    static constexpr Changes reads = changed::content;
    static constexpr std::string_view field = "stack_vm";
    static Number<D> share(const StateView<D>& then, const Vma<D>& vma) {
        return page_counters::is_stack(then, vma.flags) ? StackVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.stack_vm; }
};

}  // namespace vmacheck
