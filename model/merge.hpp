// vma_merge and its conditions (v5.10 mm/mmap.c): may a range join the VMAs next to it, and which of the eight cases is
// it?
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Which neighbours a range may join.
enum class MergeRule : std::uint8_t {
    all,         // the rules of vma_merge
    next_first,  // a hole, by mmap_region of 6.1: the VMA above first
    prev_only,   // a hole, by do_brk_flags of 6.1 and later: the VMA below alone
};

// The range [start, end) of an address space, and what it is to become.
template <class D>
struct MergeRequest {
    MmId mm;
    VmaId prev;       // the VMA below: the one that contains start-1 or, if start is inside one, that one; or none
    Number<D> start;  // page numbers
    Number<D> end;
    VmFlags flags;       // the flags it is to have
    AnonVmaId anon_vma;  // of the range: none for a hole
    FileId file;
    Number<D> pgoff;              // pages
    std::uint16_t policy = 0;     // its NUMA policy by content, 0: none
    std::uint16_t uffd = 0;       // its userfaultfd context, 0: none
    std::uint16_t anon_name = 0;  // its name, 0: none
    VmaId part_of;                // the VMA that the range is, or is a part of; none: a hole
    VmaId copied_from;            // the VMA that a hole is to have the pages and the anon_vma of (mremap); or none
    VmaId apart_from;             // a neighbour that it does not join, whatever fits; or none
    MergeRule rule = MergeRule::all;
    bool old_case8 = false;  // a fault: in case 8 the VMA of the range survives, not the one above
};

enum class MergeCase : std::uint8_t { none, case1 = 1, case2, case3, case4, case5, case6, case7, case8 };

// What vma_merge decided, before anything is changed.
template <class D>
struct MergeDecision {
    MergeCase which = MergeCase::none;
    VmaId survivor;
};

// is_mergeable_vma: same flags (soft-dirty apart), file and userfaultfd context; no ->close, where the profile does not
// merge such; the same name where it has names.
template <class D>
bool is_mergeable_vma(const World<D>& world, const Vma<D>& vma, const MergeRequest<D>& request);

// is_mergeable_anon_vma. `vma` is the neighbour whose chain must be singular when one side has no anon_vma; none: any
// chain will do. `part_of` is the VMA whose anon_vma `a` is: by the loose rule a neighbour may take over its chain,
// unless that came from a fork. Without one (a VMA that grows in place) it may, by the rule for moves.
template <class D>
bool is_mergeable_anon_vma(const World<D>& world, AnonVmaId a, AnonVmaId b, VmaId vma, VmaId part_of = {});

// can_vma_merge_after: the range may be appended to vma. can_vma_merge_before: it may be put in front of vma.
template <class D>
bool can_vma_merge_after(const World<D>& world, const MergeRequest<D>& request, VmaId vma);
template <class D>
bool can_vma_merge_before(const World<D>& world, const MergeRequest<D>& request, VmaId vma);

// The decision alone; changes nothing.
template <class D>
MergeDecision<D> decide_merge(const World<D>& world, const MergeRequest<D>& request);

// Merges if it can. Returns the VMA that now contains the range, or none: nothing was changed. *no_memory: it could have
// merged, had there been memory for a chain.
template <class D>
VmaId vma_merge(World<D>& world, const MergeRequest<D>& request, bool* no_memory = nullptr);

}  // namespace vmacheck
