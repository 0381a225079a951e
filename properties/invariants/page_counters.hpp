// total_vm and the classes: each counter of an address space is the sum over its VMAs.
#pragma once

#include "model/accounting.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

namespace page_counters {

template <class D>
struct OfVmas {
    using Owner = MmId;
    using Member = VmaId;
    static MmId owner(const StateView<D>&, const Vma<D>& vma) { return vma.mm; }
    static Number<D> length(const Vma<D>& vma) { return vma.end > vma.start ? vma.end - vma.start : Number<D>(0); }
};

// The class of a VMA, stated apart from the model's own vm_class. A stack is what grows in the direction of stacks.
template <class D>
bool is_stack(const StateView<D>& then, VmFlags f) {
    return (f & (then.world().parameters().stack_grows_up ? vm::growsup : vm::growsdown)) != 0;
}
template <class D>
bool is_exec(const StateView<D>& then, VmFlags f) {
    return (f & vm::exec) != 0 && (f & vm::write) == 0 && !is_stack(then, f);
}
template <class D>
bool is_data(const StateView<D>& then, VmFlags f) {
    return (f & vm::write) != 0 && (f & vm::shared) == 0 && !is_stack(then, f);
}

}  // namespace page_counters

template <class D>
struct TotalVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"total-vm", PropertyKind::counter, "total_vm is the pages of all VMAs",
                                       "may_expand_vm"};
    static Number<D> share(const StateView<D>&, const Vma<D>& vma) { return TotalVm::length(vma); }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.total_vm; }
};

template <class D>
struct DataVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"data-vm", PropertyKind::counter,
                                       "data_vm is the pages of private writable VMAs that are no stack",
                                       "may_expand_vm"};
    static Number<D> share(const StateView<D>& then, const Vma<D>& vma) {
        return page_counters::is_data(then, vma.flags) ? DataVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.data_vm; }
};

template <class D>
struct ExecVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"exec-vm", PropertyKind::counter,
                                       "exec_vm is the pages of executable VMAs that are not writable and no stack",
                                       "/proc/PID/status VmExe"};
    static Number<D> share(const StateView<D>& then, const Vma<D>& vma) {
        return page_counters::is_exec(then, vma.flags) ? ExecVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.exec_vm; }
};

template <class D>
struct StackVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"stack-vm", PropertyKind::counter,
                                       "stack_vm is the pages of the VMAs that grow as stacks do",
                                       "/proc/PID/status VmStk"};
    static Number<D> share(const StateView<D>& then, const Vma<D>& vma) {
        return page_counters::is_stack(then, vma.flags) ? StackVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.stack_vm; }
};

template <class D>
struct LockedVm : page_counters::OfVmas<D> {
    static constexpr PropertyInfo info{"locked-vm", PropertyKind::counter, "locked_vm is the pages of VM_LOCKED VMAs",
                                       "mlock_future_check"};
    static Number<D> share(const StateView<D>&, const Vma<D>& vma) {
        return (vma.flags & vm::locked) != 0 ? LockedVm::length(vma) : Number<D>(0);
    }
    static Number<D> counted(MmId, const Mm<D>& mm) { return mm.locked_vm; }
};

}  // namespace vmacheck
