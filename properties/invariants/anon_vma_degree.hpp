// degree, the one counter before 6.0, is the number of children and of users together. The reuse rule of those kernels
// reads it. Broken by: degree-kept.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AnonVmaDegree {
    static constexpr PropertyInfo info{"anon-vma-degree", PropertyKind::invariant,
                                       "degree is the number of children and of users together (before 6.0)",
                                       "anon_vma_clone"};
    static constexpr Changes reads = changed::content;
    static void anon_vma(const World<D>&, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if (anon_vma.degree != anon_vma.num_children + anon_vma.num_active_vmas)
            report.add(info, "degree of {} is {}, expected {}", describe(id), anon_vma.degree,
                       anon_vma.num_children + anon_vma.num_active_vmas);
    }
};

}  // namespace vmacheck
