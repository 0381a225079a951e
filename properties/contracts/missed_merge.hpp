// The case table read the other way round: where vma_merge was asked about a range and took no case, none applied; and
// where it refused, nothing has changed of the VMAs around the range: no chain was imported, no reference taken.
//
// vma_merge is asked by mmap_region (mmap, remap_file_pages, shmat), do_brk_flags, copy_vma (mremap), where a VMA grows
// in place since 6.0, and by the callers that change flags, policy, context or name of VMAs they walk (mprotect_fixup,
// madvise_behavior, mlock_fixup, mbind_range, userfaultfd). Nothing is asked by munmap, split_vma, fork, the growth of a
// stack, or insert_vm_struct. So of two VMAs that touch, one must be new or changed; the newer is the range, the other
// its neighbour, as which of the two has pages matters (merge_table.hpp).
//
// Where v5.10 misses one: a merge that finds no memory for a chain is none; mmap_region asks again with the flags of
// ->mmap only where there is a VMA below. MREMAP_DONTUNMAP keeps locked memory apart from its copy here. Of VMAs with
// ->close nothing is demanded.
// Lost merges are VMAs too many, until max_map_count refuses the next. Broken by: merge-case5-never,
// merge-policy-never.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct MissedMerge {
    static constexpr PropertyInfo info{
        "missed-merge", PropertyKind::contract,
        "where no merge case was taken, none applied, and a merge that was refused changed nothing around it",
        "vma_merge, can_vma_merge_before, can_vma_merge_after"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct MissedMerge<Plain>;
extern template struct MissedMerge<Traced>;

}  // namespace vmacheck
