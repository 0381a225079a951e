// exec_vm is the pages of executable VMAs that are not writable and no stack. /proc/PID/status shows it as VmExe.
// Broken by: exec-vm-not-counted.
#pragma once

#include "properties/step/pages_of_vmas.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct ExecVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"exec-vm", PropertyKind::counter,
                                       "exec_vm is the pages of executable VMAs that are not writable and no stack",
                                       "/proc/PID/status VmExe"};
    static constexpr Changes reads = changed::content;
    static constexpr std::string_view field = "exec_vm";
    static Number<D> share(const StateView<D>& then, const Vma<D>& vma) {
        return page_counters::is_exec(then, vma.flags) ? ExecVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.exec_vm; }
};

}  // namespace vmacheck
