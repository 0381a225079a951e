#include "model/mempolicy.hpp"

#include "model/state/function_scope.hpp"

namespace vmacheck {

template <class D>
Errno mpol_new(World<D>& world, std::uint16_t content, AllocSite site, MemPolicyId* out) {
    *out = {};
    if (content == 0) return Errno::ok;
    if (!world.may_allocate(site)) return Errno::enomem;
    *out = world.template allocate<MemPolicyId>();
    MemPolicy& policy = world.change(*out);
    policy.content = content;
    policy.refcount = 1;
    return Errno::ok;
}

template <class D>
Errno vma_dup_policy(World<D>& world, VmaId src, VmaId dst, AllocSite site) {
    if (!world[src].policy) return Errno::ok;
    MemPolicyId copy;
    if (mpol_new(world, policy_content(world, world[src].policy), site, &copy) != Errno::ok) return Errno::enomem;
    world.change(dst).policy = copy;
    return Errno::ok;
}

template <class D>
void mpol_put(World<D>& world, MemPolicyId id) {
    if (!id) return;
    const FunctionScope scope(world, "__mpol_put");
    MemPolicy& policy = world.change(id);
    world.bug_on(policy.refcount == 0, "mempolicy refcount underflows");
    if (--policy.refcount == 0) world.free(id);
}

template Errno mpol_new(World<Plain>&, std::uint16_t, AllocSite, MemPolicyId*);
template Errno vma_dup_policy(World<Plain>&, VmaId, VmaId, AllocSite);
template void mpol_put(World<Plain>&, MemPolicyId);
template Errno mpol_new(World<Traced>&, std::uint16_t, AllocSite, MemPolicyId*);
template Errno vma_dup_policy(World<Traced>&, VmaId, VmaId, AllocSite);
template void mpol_put(World<Traced>&, MemPolicyId);

}  // namespace vmacheck
