// Faults that random operations meet too seldom for a test; traces/faults and the written sequences of faults_test.cpp
// find them.
#pragma once

#include "model/faults/fault.hpp"

#include <cstddef>

namespace vmacheck {

// They need a process whose every VMA is VM_DONTCOPY, another starting layout, narrow page offsets, a VMA of 2^31
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
        case Fault::mremap_growth_width:
        case Fault::mlock_count_width:
        case Fault::uffd_pgoff:
        case Fault::uffd_remap_neighbour:
        case Fault::mbind_pgoff: return true;
        default: return false;
    }
}

// Operations of a minimised finding beyond the trace of traces/faults, which is shortest. There one mremap, or
// MAP_POPULATE, does what takes several operations otherwise, and simplifying one thing at a time does not lead to it.
inline std::size_t kept_beyond_shortest(Fault fault) {
    switch (fault) {
        case Fault::munmap_gap_not_updated:
        case Fault::tree_propagates_once:
        case Fault::insert_not_recoloured:
        case Fault::adjust_next_avc_key_stale:
        case Fault::interval_last_kept: return 1;
        case Fault::split_limit: return 2;
        case Fault::erase_successor_parent_stale: return 3;
        default: return 0;
    }
}

}  // namespace vmacheck
