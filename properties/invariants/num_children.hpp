// num_children is the number of anon_vmas whose parent this is. anon_vma_clone reuses one with at most one child: too
// low, and two families share it. Broken by: fork-child-not-counted.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct NumChildren {
    static constexpr PropertyInfo info{
        "num-children", PropertyKind::counter,
        "num_children is the number of anon_vmas whose parent this is, a root itself included", "anon_vma_clone"};
    static constexpr std::string_view field = "num_children";
    using Owner = AnonVmaId;
    using Member = AnonVmaId;
    static Owner owner(const StateView<D>&, const AnonVma& anon_vma) { return anon_vma.parent; }
    static Number<D> share(const StateView<D>&, const AnonVma&) { return 1; }
    static Number<D> counted(Owner, const AnonVma& anon_vma) { return std::uint64_t{anon_vma.num_children}; }
};

}  // namespace vmacheck
