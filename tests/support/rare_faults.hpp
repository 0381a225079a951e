// Faults that random operations meet too seldom for a test; traces/faults and the written sequences of faults_test.cpp
// find them.
#pragma once

#include "model/fault.hpp"

namespace vmacheck {

// They need a process whose every VMA is VM_DONTCOPY, another starting layout, narrow page offsets, a VMA of 2^32
// pages, processes of other sizes right at the commit limit, offsets of a file that continue by a wrong sum alone, or a
// registered range moved beside another one.
inline bool too_rare(Fault fault) {
    switch (fault) {
        case Fault::fork_stale_highest:
        case Fault::stack_grow_wrong_mm:
        case Fault::guard_gap_up_overflow:
        case Fault::pgoff_wrap_down:
        case Fault::pgoff_wrap_up:
        case Fault::pgoff_wrap_mremap:
        case Fault::fork_charge_width:
        case Fault::uffd_pgoff:
        case Fault::uffd_remap_neighbour:
        case Fault::mbind_pgoff: return true;
        default: return false;
    }
}

}  // namespace vmacheck
