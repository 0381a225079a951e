// An anon_vma lives as long as something is attached to it. One that nothing leads to is never freed. Broken by:
// unlink-keeps-anon-vma.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AnonVmaAttached {
    static constexpr PropertyInfo info{"anon-vma-attached", PropertyKind::invariant,
                                       "an anon_vma lives as long as something is attached to it", "unlink_anon_vmas"};
    static constexpr Changes reads = changed::content;
    static void anon_vma(const World<D>&, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if (!anon_vma.rb_root) report.add(info, "nothing is attached to {}, but it is not freed", describe(id));
    }
};

}  // namespace vmacheck
