// The scheme that mprotect, madvise (and mlock) share to give part of a VMA other flags (v5.10 mprotect_fixup,
// madvise_behavior, mlock_fixup): merge with a neighbour that already has them, or else split off what is outside.
#pragma once

#include "model/world.hpp"

namespace vmacheck {

template <class D>
struct FlagChange {
    VmaId vma;        // the VMA that contains the range
    VmaId prev;       // the VMA below the range: `vma` itself if the range starts inside it
    Number<D> start;  // page numbers; within the VMA
    Number<D> end;
    VmFlags flags;  // the new flags
};

// Makes [start, end) a VMA of its own, or part of a neighbour it merges with; its flags are the caller's to set. On ok
// *out is that VMA (it may reach beyond the range, if it merged). enomem: nothing happened, or the split at start did.
template <class D>
Errno isolate_or_merge(World<D>& world, const FlagChange<D>& change, VmaId* out);

}  // namespace vmacheck
