// NUMA policies of VMAs (v5.10 mm/mempolicy.c: mpol_new, __mpol_dup, vma_dup_policy, __mpol_put; mpol_equal is equality
// of contents). Every VMA with a policy has its own object.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// The content of a policy; 0 for none.
template <class D>
std::uint16_t policy_content(const World<D>& world, MemPolicyId policy) {
    return policy ? world[policy].content : std::uint16_t{0};
}

// A new policy with one reference. Content 0, MPOL_DEFAULT, is no policy and needs no memory. enomem: none was made.
template <class D>
Errno mpol_new(World<D>& world, std::uint16_t content, AllocSite site, MemPolicyId* out);

// vma_dup_policy: gives dst, which has none, a policy equal to src's. enomem: it still has none.
template <class D>
Errno vma_dup_policy(World<D>& world, VmaId src, VmaId dst, AllocSite site);

// One reference less; the last one frees it. None: nothing happens.
template <class D>
void mpol_put(World<D>& world, MemPolicyId policy);

}  // namespace vmacheck
