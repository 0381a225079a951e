#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

// The name shares its place in the kernel's VMA with the links of a file mapping (a union in 5.17), and a kernel before
// 5.17 has none: a name anywhere else comes from a copy of too much.
template <class D>
struct AnonName {
    static constexpr PropertyInfo info{"anon-name", PropertyKind::invariant,
                                       "only a VMA without a file has a name, and only where the kernel has names",
                                       "anon_vma_name, replace_anon_vma_name"};
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.anon_name == 0) return;
        if (vma.file) report.add(info, "{} has name {} and a file; expected no name", describe(vma), vma.anon_name);
        if (world.profile().anon_names == AnonNames::none)
            report.add(info, "{} has name {}; expected none, as the kernel has no names", describe(vma), vma.anon_name);
    }
};

}  // namespace vmacheck
