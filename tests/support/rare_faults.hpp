// Faults that random operations meet too seldom for a test; traces/faults and the written sequences of
// fault_sequences_test.cpp
// find them.
#pragma once

#include "model/faults/accounting.hpp"
#include "model/faults/chains.hpp"
#include "model/faults/fault.hpp"
#include "model/faults/files.hpp"
#include "model/faults/fork.hpp"
#include "model/faults/merge.hpp"
#include "model/faults/mremap.hpp"
#include "model/faults/pages.hpp"
#include "model/faults/search.hpp"
#include "model/faults/stack.hpp"
#include "model/faults/trees.hpp"

#include <cstddef>

namespace vmacheck {

// They need a process whose every VMA is VM_DONTCOPY, another starting layout, narrow page offsets, a VMA of 2^31
// pages, processes of other sizes right at the commit limit, offsets of a file that continue by a wrong sum alone, a
// registered range moved next to another one, a step of another task at one moment of one call, exec, which is drawn in
// some cases alone, or the rules of another kernel.
inline bool too_rare(Fault fault) {
    static const FaultSet rare = FaultSet{}
                                     .add(faults::fork_stale_highest)
                                     .add(faults::stack_grow_wrong_mm)
                                     .add(faults::guard_gap_up_overflow)
                                     .add(faults::pgoff_wrap_down)
                                     .add(faults::pgoff_wrap_up)
                                     .add(faults::pgoff_wrap_mremap)
                                     .add(faults::fork_charge_width)
                                     .add(faults::mremap_growth_width)
                                     .add(faults::mlock_count_width)
                                     .add(faults::uffd_pgoff)
                                     .add(faults::uffd_remap_neighbour)
                                     .add(faults::av_chain_wrong_exporter)
                                     .add(faults::av_mremap_faulted_unfaulted)
                                     .add(faults::mremap_expand_inside)
                                     .add(faults::mremap_expand_close)
                                     .add(faults::mremap_merge_fail_unacct)
                                     .add(faults::search_ignores_gap)
                                     .add(faults::search_skips_gap_below)
                                     .add(faults::mmap_region_error_tangle)
                                     .add(faults::oom_merge_state)
                                     .add(faults::uffd_droppable)
                                     .add(faults::mbind_pgoff)
                                     .add(faults::name_of_file)
                                     .add(faults::munmap_downgrade_race)
                                     .add(faults::fork_counters_before_lock)
                                     .add(faults::av_dup_before_lock)
                                     .add(faults::mmap_remerge_not_closed)
                                     .add(faults::exec_shift_uncharge)
                                     .add(faults::exec_end_kept)
                                     .add(faults::name_drops_sticky)
                                     .add(faults::merge_drops_sticky)
                                     .add(faults::guard_keeps_page)
                                     .add(faults::guard_page_mapped)
                                     .add(faults::mremap_drops_guards)
                                     .add(faults::fork_forgets_guards)
                                     .add(faults::dontneed_drops_guards);
    return rare.has(fault);
}

// They need a limit that small_parameters() does not set, or soft-dirty marks; cases of `random` have each in a part.
inline bool needs_parameters(Fault fault) {
    static const FaultSet limited = FaultSet{}
                                        .add(faults::commit_limit_ignored)
                                        .add(faults::rlimit_as_ignored)
                                        .add(faults::rlimit_data_ignored)
                                        .add(faults::dontunmap_no_limit_check)
                                        .add(faults::soft_dirty_never_set);
    return limited.has(fault);
}

// Operations of a minimised finding beyond the trace of traces/faults, which is shortest. There one mremap, or
// MAP_POPULATE, does what takes several operations otherwise, and simplifying one thing at a time does not lead to it. A
// limit stays what it was, and only so much is over it. A shmat that finds no memory does what an attachment and its
// unmapping do.
inline std::size_t kept_beyond_shortest(Fault fault) {
    static const FaultSet one = FaultSet{}
                                    .add(faults::munmap_gap_not_updated)
                                    .add(faults::tree_propagates_once)
                                    .add(faults::insert_not_recoloured)
                                    .add(faults::adjust_next_avc_key_stale)
                                    .add(faults::interval_last_kept)
                                    .add(faults::unlink_leaves_edge)
                                    .add(faults::av_mremap_stale_key)
                                    .add(faults::rlimit_as_ignored)
                                    .add(faults::shm_release_forgotten)
                                    .add(faults::fput_keeps_inode);
    if (one.has(fault)) return 1;
    if (fault == faults::split_limit || fault == faults::av_endless_growth) return 2;
    return fault == faults::erase_successor_parent_stale || fault == faults::av_oldest_mapping ? 3 : 0;
}

}  // namespace vmacheck
