// What the page counters of an address space have in common: each is a sum over its VMAs.
#pragma once

#include "properties/step/step.hpp"

namespace vmacheck::page_counters {

template <class D>
struct OfVmas {
    using Family = OfVmas;
    static constexpr std::string_view unit = "page";
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

}  // namespace vmacheck::page_counters
