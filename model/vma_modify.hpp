// The scheme that mprotect, madvise, mlock, mbind, userfaultfd and PR_SET_VMA share to give part of a VMA other flags,
// another policy, another context or another name (v5.10 mprotect_fixup, madvise_behavior, mlock_fixup, mbind_range,
// userfaultfd_register): merge with a neighbour that already has them, or else split off what is outside.
#pragma once

#include "model/state/world.hpp"

#include <optional>

namespace vmacheck {

template <class D>
struct VmaChange {
    VmaId vma;        // the VMA that contains the range
    VmaId prev;       // the VMA below the range: `vma` itself if the range starts inside it
    Number<D> start;  // page numbers; within the VMA
    Number<D> end;
    VmFlags flags;                           // the new flags
    std::optional<std::uint16_t> policy;     // the new NUMA policy by content; absent: as it is
    std::optional<std::uint16_t> uffd;       // the new userfaultfd context; absent: as it is
    std::optional<std::uint16_t> anon_name;  // the new name; absent: as it is
    std::optional<Number<D>> pgoff;          // a fault: the offset that vma_merge is given for start
    bool may_stay_apart = false;             // a merge without memory is no error, whatever the profile says
    bool old_case8 = false;                  // a fault: MergeRequest::old_case8
};

// Makes [start, end) a separate VMA, or part of a neighbour it merges with; what is new is the caller's to set. On ok
// *out is that VMA (it may reach beyond the range, if it merged). enomem: nothing happened, or the split at start did.
template <class D>
Errno vma_modify(World<D>& world, const VmaChange<D>& change, VmaId* out);

// What vma_modify_flags hands back since 6.19: the flags that the caller wants, and, where the part has been merged, the
// sticky ones of all that it has been merged with. Whether it was is no new question to a solver.
template <class D>
VmFlags with_sticky_flags(const World<D>& world, const VmaChange<D>& change, VmaId changed, VmFlags wanted) {
    const Vma<D>& vma = world[changed];
    const bool merged = vma.start.value() != change.start.value() || vma.end.value() != change.end.value();
    return merged && keeps_sticky_flags(world.profile().policy) ? wanted | (vma.flags & vm::sticky) : wanted;
}

}  // namespace vmacheck
