// vm_area_dup (v5.10 kernel/fork.c): a new VMA with the content of another. Used by __split_vma, copy_vma and dup_mmap,
// each of which says what it changes.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// The copy is linked nowhere: not in the list, not in a tree, without a chain and without a policy. It names the
// original's file and anon_vma without a reference: the caller takes these, or sets other ones, and gives the copy its
// policy with vma_dup_policy. None: no memory, which `site` says where.
template <class D>
VmaId vm_area_dup(World<D>& world, VmaId original, AllocSite site);

}  // namespace vmacheck
