// Policies: the questions on which kernels differ, each with the values it can have. A profile names a value for each
// (profile.cpp); policy_table.cpp says of each what it means, since when a value holds, and where in the kernel it is.
//
// To add a policy: a member here, its row in policy_table.cpp, the one place in model/ that asks it, what the
// properties allow by it, and a probe in traces/probes.
//
// What is left out of a row of profile.cpp is as in v5.10: those are the defaults here.
#pragma once

#include <cstdint>

namespace vmacheck {

// is_mergeable_anon_vma: may a range with one anon_vma join a neighbour with another (or none)?
enum class AnonMergeRule : std::uint8_t {
    strict,       // a neighbour without a chain is not "singular", so a faulted range never joins it
    loose,        // it may, unless its chain came from a fork; not for what mremap moves
    loose_moves,  // the same for what mremap moves: the neighbour takes over the chain of the source
};

// anon_vma_clone at fork: when may a dead ancestor's anon_vma be taken over?
enum class AnonReuseRule : std::uint8_t {
    none,
    degree,        // one counter of children plus users
    two_counters,  // num_children and num_active_vmas
};

// Names of anonymous memory (PR_SET_VMA_ANON_NAME): is there the option, and do VMAs of different names stay apart?
enum class AnonNames : std::uint8_t {
    none,          // also later, without CONFIG_ANON_VMA_NAME
    without_file,  // of VMAs without a file
};

// Which rules decide what a new mapping joins.
enum class MmapMerge : std::uint8_t {
    vma_merge,   // those of all other calls
    next_first,  // the VMA above first; the one below only if it fits that one too
};

// thp_get_unmapped_area for private anonymous memory: which is placed at a multiple of a huge page?
enum class HugeAlignment : std::uint8_t {
    none,
    large,      // what is as long as a huge page
    multiples,  // what is a multiple of it, and has no hint
};

// The order of mremap's steps.
enum class MremapOrder : std::uint8_t {
    classic,       // the destination is unmapped, then the tail, and only then the source is looked at
    lookup_first,  // the same, once a VMA has been found at the address
    checks_first,  // all that can be checked is checked before anything is unmapped; moves may span several VMAs
};

// MADV_POPULATE_READ and _WRITE: are they there, and what do they do at a hole?
enum class MadvisePopulate : std::uint8_t {
    none,           // EINVAL, as an advice that is not known
    skips_holes,    // as other advices: the rest is populated, and then ENOMEM
    stops_at_hole,  // ENOMEM at the first hole
};

// MAP_DROPPABLE: is it there, and may such memory be locked?
enum class MapDroppable : std::uint8_t {
    none,             // EINVAL
    locks_by_future,  // mlockall(MCL_FUTURE) locks new droppable memory, and no call unlocks it
    never_locked,
};

// mseal: is it there, and which read-only memory may not be discarded once it is sealed?
enum class Mseal : std::uint8_t {
    none,
    without_file,  // private memory without a file
    anonymous,     // and private memory of /dev/zero, whose pages are anonymous too
};

// MADV_GUARD_INSTALL and _REMOVE: are they there, for which memory, and what do they leave on its VMA?
enum class GuardRegions : std::uint8_t {
    none,       // EINVAL
    anonymous,  // private memory without a file, which gets an anon_vma
    files,      // shared memory and files too, and all get an anon_vma
    marked,     // VM_MAYBE_GUARD, and only private memory without a file an anon_vma
};

// A shared mapping of a memfd that is sealed against writing: is one allowed that is only read, and when is one refused
// that would write?
enum class SealedReadonly : std::uint8_t {
    refused,       // both, once what it would replace is unmapped
    future_late,   // it is; the other is refused before, but with F_SEAL_FUTURE_WRITE alone after
    writes_first,  // it is; the other is refused before
};

// MREMAP_DONTUNMAP of memory without pages: what does the copy join?
enum class DontunmapApart : std::uint8_t {
    no,     // what it fits, its source as well
    alone,  // nothing, where it touches its source
    yes,    // what it fits but its source
};

struct Policies {
    AnonMergeRule anon_merge = AnonMergeRule::strict;
    AnonReuseRule anon_reuse = AnonReuseRule::two_counters;
    AnonNames anon_names = AnonNames::none;
    MmapMerge mmap_merge = MmapMerge::vma_merge;
    HugeAlignment huge_alignment = HugeAlignment::none;
    MremapOrder mremap_order = MremapOrder::classic;
    MadvisePopulate madvise_populate = MadvisePopulate::none;
    MapDroppable map_droppable = MapDroppable::none;
    Mseal mseal = Mseal::none;
    SealedReadonly sealed_readonly = SealedReadonly::refused;
    DontunmapApart dontunmap_apart = DontunmapApart::no;
    GuardRegions guard_regions = GuardRegions::none;
    bool close_merges = false;             // a VMA with ->close merges, unless it would be the one removed
    bool merge_fails = false;              // a merge that finds no memory is an error, instead of no merge
    bool brk_joins_heap_only = false;      // growth of the heap joins no VMA below start_brk, and none above
    bool brk_needs_mapping = false;        // a shrink over a range in which nothing is mapped is refused
    bool account_dropped = false;          // mprotect without PROT_WRITE gives the charge of untouched memory back
    bool map_stack_nohugepage = false;     // MAP_STACK sets VM_NOHUGEPAGE
    bool mmap_gathers_first = false;       // MAP_FIXED that fails before the old mapping is zapped leaves it mapped
    bool mremap_extend_merges = false;     // a VMA that grows in place joins the one it then touches
    bool mremap_counts_first = false;      // every mremap asks for room below the map_count limit
    bool dontunmap_of_files = false;       // MREMAP_DONTUNMAP of any memory but DONTEXPAND and PFNMAP
    bool dontunmap_unfaults = false;       // MREMAP_DONTUNMAP of a whole VMA leaves it without an anon_vma
    bool madvise_full_eagain = false;      // madvise at the map_count limit gives EAGAIN, instead of ENOMEM
    bool mlock_counts_to_top = false;      // mlock of a range that wraps around: what is locked above counts as its own
    bool lock_on_fault_unchecked = false;  // mlock2(ONFAULT) of memory without access gives 0, instead of ENOMEM
    bool remove_of_readonly = false;       // MADV_REMOVE of a shared mapping that is read-only but could be written
    bool remote_growth_refused = false;    // access from outside does not grow a stack
    bool uffd_wp_of_files = false;         // userfaultfd write protection of shared memory and hugetlbfs
    bool no_mandatory_locks = false;       // a mandatory lock does not keep a file from being mapped shared
    bool hugetlb_dontneed = false;         // MADV_DONTNEED of huge pages of hugetlbfs
    bool guard_gap_restarts = false;   // a hole that a guard gap reaches into: the search starts again beyond the gap
    bool uffd_above_einval = false;    // userfaultfd's range above every VMA gives EINVAL, instead of ENOMEM
    bool uffd_unregister_own = false;  // a userfaultfd context unregisters what it registered, and nothing else
    bool dontneed_locked = false;      // MADV_DONTNEED_LOCKED
    bool huge_aligned_files = false;   // file systems with huge pages place long mappings of files at multiples of one
    bool hugetlb_hint_up = false;      // the hint of a hugetlbfs mapping is rounded up, and MAP_32BIT looked at
    bool no_zero_page = false;         // a read of private anonymous memory maps a new page, not the zero page
    bool dofork_not_special = false;   // MADV_DOFORK of any special mapping is refused, not of VM_IO alone

    friend bool operator==(const Policies&, const Policies&) = default;
};

// VM_STICKY: a merge keeps VM_MAYBE_GUARD and VM_SOFTDIRTY of all that it joins; both came in one release.
constexpr bool keeps_sticky_flags(const Policies& policies) {
    return policies.guard_regions == GuardRegions::marked;
}

}  // namespace vmacheck
