// The interval trees of reverse mapping (v5.10 mm/interval_tree.c): VMAs in an address_space's i_mmap, AVCs in an
// anon_vma.
//
// Key of a node is the range of page offsets [vm_pgoff, last page's offset] of its VMA, and it is implicit: code that
// changes start, end or pgoff of a linked VMA must take it out before and put it back after. The node keeps the key it
// was inserted with, so that a stale key is detected.
#pragma once

#include "model/augmented_tree.hpp"
#include "model/state/world.hpp"

#include <functional>

namespace vmacheck {

// vma_interval_tree_insert / _remove: into or out of the i_mmap of an address_space. Does not count writable mappings.
template <class D>
void i_mmap_insert(World<D>& world, VmaId vma, AddressSpaceId mapping);
// vma_interval_tree_insert_after: directly behind a VMA with the same first offset, as fork does.
template <class D>
void i_mmap_insert_after(World<D>& world, VmaId vma, AddressSpaceId mapping, VmaId after);
template <class D>
void i_mmap_remove(World<D>& world, VmaId vma, AddressSpaceId mapping);

// anon_vma_interval_tree_insert / _remove.
template <class D>
void anon_vma_interval_tree_insert(World<D>& world, AvcId avc);
template <class D>
void anon_vma_interval_tree_remove(World<D>& world, AvcId avc);

// Nodes whose cached interval contains the page offset, in tree order: what an rmap walk visits.
template <class D>
std::vector<VmaId> i_mmap_lookup(const World<D>& world, AddressSpaceId mapping, const Number<D>& pgoff);
// The same for the offsets [first, last].
template <class D>
std::vector<VmaId> i_mmap_lookup(const World<D>& world, AddressSpaceId mapping, const Number<D>& first,
                                 const Number<D>& last);
template <class D>
std::vector<AvcId> anon_vma_lookup(const World<D>& world, AnonVmaId anon_vma, const Number<D>& pgoff);

// Largest cached `last` among a node and its children, recomputed.
template <class D>
Number<D> computed_subtree_last(const World<D>& world, const Vma<D>& vma);
template <class D>
Number<D> computed_subtree_last(const World<D>& world, const Avc<D>& avc);

}  // namespace vmacheck
