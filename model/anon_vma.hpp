// anon_vmas and their chains (v5.10 mm/rmap.c, and find_mergeable_anon_vma of mm/mmap.c).
//
// An anon_vma is the object through which the kernel finds every mapping of an anonymous page. A VMA is tied to one or
// more of them by AVCs; its own `anon_vma` is where its new pages go. fork gives the child a new anon_vma below the
// parent's and ties the child's VMA to all of the parent's too, so the chain of a VMA lists its ancestors: newest
// first, the family's root last.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// anon_vma_chain_link: ties the VMA to an anon_vma by a new AVC, at the newest end of its chain and in the anon_vma's
// tree. The VMA has its final range; its own `anon_vma` and the counts of users are the caller's.
template <class D>
void anon_vma_chain_link(World<D>& world, VmaId vma, AvcId avc, AnonVmaId anon_vma);

// __anon_vma_prepare: gives the VMA an anon_vma, a neighbour's if find_mergeable_anon_vma allows it. ok or enomem.
template <class D>
Errno anon_vma_prepare(World<D>& world, VmaId vma);

// The anon_vma of the next or previous VMA, if the two could merge but for access rights and the neighbour's chain is
// singular.
template <class D>
AnonVmaId find_mergeable_anon_vma(const World<D>& world, VmaId vma);

// Ties dst to every anon_vma of src, oldest first. If dst has no anon_vma yet (fork), one without users may become it.
// ok or enomem; on enomem dst has no chain and no anon_vma.
template <class D>
Errno anon_vma_clone(World<D>& world, VmaId dst, VmaId src);

// The child's VMA gets the parent's whole chain and, unless one was reused, a new anon_vma. ok or enomem.
template <class D>
Errno anon_vma_fork(World<D>& world, VmaId child, VmaId parent);

// Takes the VMA out of all its anon_vmas and frees those that are no longer used.
template <class D>
void unlink_anon_vmas(World<D>& world, VmaId vma);

// anon_vma_merge: the chain of an absorbed VMA goes; both must have the same anon_vma.
template <class D>
void anon_vma_merge(World<D>& world, VmaId survivor, VmaId victim);

// Takes every AVC of the VMA out of its tree, or puts it back, around a change of start, end or pgoff.
template <class D>
void anon_vma_interval_tree_pre_update_vma(World<D>& world, VmaId vma);
template <class D>
void anon_vma_interval_tree_post_update_vma(World<D>& world, VmaId vma);

// Number of AVCs in the VMA's chain.
template <class D>
std::size_t chain_length(const World<D>& world, const Vma<D>& vma);

}  // namespace vmacheck
