// num_active_vmas is the number of VMAs whose anon_vma this is. anon_vma_clone reuses one that has none: too low, and
// two processes share it. Broken by: av-degree-import-order.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct NumActiveVmas {
    static constexpr PropertyInfo info{"num-active-vmas", PropertyKind::counter,
                                       "num_active_vmas is the number of VMAs whose anon_vma this is",
                                       "anon_vma_clone"};
    static constexpr Changes reads = changed::anon_vma;
    static constexpr std::string_view field = "num_active_vmas";
    using Owner = AnonVmaId;
    using Member = VmaId;
    static Owner owner(const StateView<D>&, const Vma<D>& vma) { return vma.anon_vma; }
    static Number<D> share(const StateView<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const AnonVma& anon_vma) { return std::uint64_t{anon_vma.num_active_vmas}; }
};

}  // namespace vmacheck
