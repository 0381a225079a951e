// VM_SHARED only with VM_MAYSHARE.
//
// A shared mapping of a file that was opened read-only has VM_MAYSHARE alone; the other way round there is nothing. A
// VMA with VM_SHARED alone would be written back by one half of the kernel and copied on write by the other. Broken by: none
// known.
#pragma once

#include "properties/observed/rules.hpp"

namespace vmacheck {

struct ObservedSharing {
    static constexpr PropertyInfo info{"observed-sharing", PropertyKind::observed,
                                       "each VMA shown with VM_SHARED has VM_MAYSHARE too", "is_cow_mapping"};
    static void observed(const Observation& observation, Report& report) {
        observed::each_vma(observation, [&](const VmaView& vma) {
            if ((vma.flags & vm::shared) != 0 && (vma.flags & vm::may_share) == 0)
                report.add(info, "{} has VM_SHARED without VM_MAYSHARE", observed::text_of(vma));
        });
    }
};

}  // namespace vmacheck
