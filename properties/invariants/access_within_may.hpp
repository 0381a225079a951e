// Each of VM_READ, VM_WRITE and VM_EXEC has its VM_MAY bit. mprotect grants by the MAY bits alone, so access beyond
// them is access that was refused elsewhere. Broken by: mprotect-may-unchecked.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AccessWithinMay {
    static constexpr PropertyInfo info{"access-within-may", PropertyKind::invariant,
                                       "each of READ, WRITE and EXEC has its MAY bit", "mprotect, ptrace access"};
    static constexpr Changes reads = changed::content;
    static void vma(const World<D>&, VmaId, const Vma<D>& vma, Report& report) {
        if ((vma.flags & vm::access & ~(vma.flags >> 4)) != 0)
            report.add(info, "{} is {}, expected each right with its MAY bit", describe(vma), long_flags(vma.flags));
    }
};

}  // namespace vmacheck
