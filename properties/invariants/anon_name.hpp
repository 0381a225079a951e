// A VMA has a name only if it has no file, and only in a kernel that has names. The name shares its place in the
// kernel's VMA with the links of a file mapping (a union in 5.17), so a name anywhere else is read as links, or the other
// way round. Broken by: name-of-file.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AnonName {
    static constexpr PropertyInfo info{"anon-name", PropertyKind::invariant,
                                       "only a VMA without a file has a name, and only where the kernel has names",
                                       "anon_vma_name, replace_anon_vma_name"};
    static constexpr Changes reads = changed::content;
    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.anon_name == 0) return;
        if (vma.file) report.add(info, "{} has name {} and a file; expected no name", describe(vma), vma.anon_name);
        if (world.profile().policy.anon_names == AnonNames::none)
            report.add(info, "{} has name {}; expected none, as the kernel has no names", describe(vma), vma.anon_name);
    }
};

}  // namespace vmacheck
