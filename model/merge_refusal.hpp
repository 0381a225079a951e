// Why vma_merge left a range and the VMAs next to it apart, in words.
#pragma once

#include "model/merge.hpp"

namespace vmacheck {

// Keeps for each VMA that touches the range the first test that refused it, with both values (World::refused), in the
// kernel's order: is_mergeable_vma, is_mergeable_anon_vma, the page offset. Nothing of a VMA that does not touch it.
// next: the VMA that a merge upwards would join.
template <class D>
void keep_merge_refusals(const World<D>& world, const MergeRequest<D>& request, VmaId next);

}  // namespace vmacheck
