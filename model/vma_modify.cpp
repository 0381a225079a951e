#include "model/vma_modify.hpp"

#include "model/mempolicy.hpp"
#include "model/merge.hpp"
#include "model/split.hpp"

namespace vmacheck {

template <class D>
Errno vma_modify(World<D>& world, const VmaChange<D>& change, VmaId* out) {
    const Vma<D>& vma = world[change.vma];
    MergeRequest<D> request{vma.mm,       change.prev,  change.start, change.end,
                            change.flags, vma.anon_vma, vma.file,     linear_page_index(vma, change.start)};
    if (change.pgoff) request.pgoff = *change.pgoff;
    request.policy = change.policy.value_or(policy_content(world, vma.policy));
    request.uffd = change.uffd.value_or(vma.uffd);
    request.anon_name = change.anon_name.value_or(vma.anon_name);
    request.part_of = change.vma;
    request.old_case8 = change.old_case8;
    bool no_memory = false;
    const VmaId merged = vma_merge(world, request, &no_memory);
    if (merged) {
        *out = merged;
        return Errno::ok;
    }
    *out = change.vma;
    if (no_memory && !change.may_stay_apart && world.profile().policy.merge_fails) return Errno::enomem;
    if (change.start != vma.start)
        if (const Errno error = split_vma(world, change.vma, change.start, NewPart::below); error != Errno::ok)
            return error;
    if (change.end == vma.end) return Errno::ok;
    return split_vma(world, change.vma, change.end, NewPart::above);
}

template Errno vma_modify(World<Plain>&, const VmaChange<Plain>&, VmaId* out);
template Errno vma_modify(World<Traced>&, const VmaChange<Traced>&, VmaId* out);

}  // namespace vmacheck
