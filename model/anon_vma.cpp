#include "model/anon_vma.hpp"

#include "model/faults/chains.hpp"
#include "model/interval_tree.hpp"
#include "model/mempolicy.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

template <class D>
AnonVmaId anon_vma_alloc(World<D>& world) {
    const AnonVmaId id = world.template allocate<AnonVmaId>();
    AnonVma& anon_vma = world.change(id);
    anon_vma.root = id;
    anon_vma.parent = id;
    anon_vma.refcount = 1;
    anon_vma.num_children = 1;  // a root is its own child
    anon_vma.degree = 1;
    return id;
}

// put_anon_vma: one reference less; the last one frees it, and with it its reference on the root.
template <class D>
void put_anon_vma(World<D>& world, AnonVmaId id) {
    AnonVma& anon_vma = world.change(id);
    world.bug_on(anon_vma.refcount == 0, "anon_vma refcount underflows");
    if (--anon_vma.refcount > 0) return;
    const AnonVmaId root = anon_vma.root;
    world.emit(Event::anon_vma_freed, id.raw());
    world.free(id);
    if (root != id) put_anon_vma(world, root);
}

template <class D>
void chain_unlink(World<D>& world, AvcId avc_id) {
    const Avc<D> avc = world[avc_id];
    Vma<D>& vma = world.change(avc.vma);
    if (avc.newer)
        world.change(avc.newer).older = avc.older;
    else
        vma.chain_newest = avc.older;
    if (avc.older)
        world.change(avc.older).newer = avc.newer;
    else
        vma.chain_oldest = avc.newer;
    world.free(avc_id);
}

// May a clone at fork take this anon_vma over for the child?
template <class D>
bool reusable(const World<D>& world, const Vma<D>& src, AnonVmaId id) {
    if (world.has_fault(faults::av_endless_growth)) return false;
    const AnonVma& anon_vma = world[id];
    const AnonReuseRule rule =
        world.has_fault(faults::av_double_reuse) ? AnonReuseRule::degree : world.profile().policy.anon_reuse;
    switch (rule) {
        case AnonReuseRule::none: return false;
        case AnonReuseRule::degree: return id != src.anon_vma && anon_vma.degree < 2;
        case AnonReuseRule::two_counters: return anon_vma.num_children < 2 && anon_vma.num_active_vmas == 0;
    }
    return false;
}

// reusable_anon_vma and anon_vma_compatible: a and b are neighbours, a below b; near is one of them.
template <class D>
AnonVmaId reusable_anon_vma(const World<D>& world, VmaId near_id, VmaId a_id, VmaId b_id) {
    const Vma<D>& a = world[a_id];
    const Vma<D>& b = world[b_id];
    constexpr VmFlags may_differ = vm::access | vm::sticky;
    const bool same_policy = policy_content(world, a.policy) == policy_content(world, b.policy);
    const bool compatible = a.end == b.start && same_policy && a.file == b.file &&
                            ((a.flags ^ b.flags) & ~may_differ) == 0 && b.pgoff == a.pgoff + pages(a);
    if (!compatible) return {};
    const Vma<D>& near = world[near_id];
    return faulted(near) && chain_singular(near) ? near.anon_vma : AnonVmaId();
}

template <class D>
void count_active(World<D>& world, AnonVmaId id, bool more) {
    AnonVma& anon_vma = world.change(id);
    world.bug_on(!more && (anon_vma.num_active_vmas == 0 || anon_vma.degree == 0), "anon_vma active count underflows");
    anon_vma.num_active_vmas += more ? 1 : -1;
    if (!more && world.has_fault(faults::degree_kept)) return;
    anon_vma.degree += more ? 1 : -1;
}

template <class D>
void count_child(World<D>& world, AnonVmaId parent, bool more) {
    AnonVma& anon_vma = world.change(parent);
    world.bug_on(!more && (anon_vma.num_children == 0 || anon_vma.degree == 0), "anon_vma child count underflows");
    anon_vma.num_children += more ? 1 : -1;
    anon_vma.degree += more ? 1 : -1;
}

}  // namespace

template <class D>
void anon_vma_chain_link(World<D>& world, VmaId vma_id, AvcId avc_id, AnonVmaId anon_vma) {
    Avc<D>& avc = world.change(avc_id);
    Vma<D>& vma = world.change(vma_id);
    avc.vma = vma_id;
    avc.anon_vma = anon_vma;
    avc.older = vma.chain_newest;
    if (vma.chain_newest)
        world.change(vma.chain_newest).newer = avc_id;
    else
        vma.chain_oldest = avc_id;
    vma.chain_newest = avc_id;
    anon_vma_interval_tree_insert(world, avc_id);
}

template <class D>
AnonVmaId find_mergeable_anon_vma(const World<D>& world, VmaId id) {
    const Vma<D>& vma = world[id];
    if (vma.next)
        if (const AnonVmaId found = reusable_anon_vma(world, vma.next, id, vma.next)) return found;
    if (vma.prev)
        if (const AnonVmaId found = reusable_anon_vma(world, vma.prev, vma.prev, id)) return found;
    return {};
}

template <class D>
Errno anon_vma_prepare(World<D>& world, VmaId id) {
    const FunctionScope scope(world, "anon_vma_prepare");
    if (faulted(world[id])) return Errno::ok;
    if (!world.may_allocate(AllocSite::anon_vma_prepare_avc)) return Errno::enomem;
    AnonVmaId anon_vma = find_mergeable_anon_vma(world, id);
    if (anon_vma) {
        world.emit(Event::anon_vma_shared, anon_vma.raw(), id.raw());
    } else {
        if (!world.may_allocate(AllocSite::anon_vma_prepare_anon_vma)) return Errno::enomem;
        anon_vma = anon_vma_alloc(world);
        world.emit(Event::anon_vma_created, anon_vma.raw());
    }
    world.emit(Event::anon_vma_lock, world[anon_vma].root.raw());
    world.change(id).anon_vma = anon_vma;
    anon_vma_chain_link(world, id, world.template allocate<AvcId>(), anon_vma);
    count_active(world, anon_vma, true);
    world.emit(Event::anon_vma_unlock, world[anon_vma].root.raw());
    return Errno::ok;
}

template <class D>
Errno anon_vma_clone(World<D>& world, VmaId dst, VmaId src) {
    const FunctionScope scope(world, "anon_vma_clone");
    if (const AvcId oldest = world[src].chain_oldest) {
        const AnonVmaId root = world[world[oldest].anon_vma].root;
        world.emit(Event::anon_vma_lock, root.raw());
        const bool reversed = world.has_fault(faults::clone_reverses_chain);
        const bool skips = world.has_fault(faults::clone_skips_newest);
        for (AvcId each = reversed ? world[src].chain_newest : oldest; each;
             each = reversed ? world[each].older : world[each].newer) {
            if (skips && each == world[src].chain_newest) continue;
            if (!world.may_allocate(AllocSite::anon_vma_clone_avc)) {
                if (!world.has_fault(faults::clone_error_keeps_lock)) world.emit(Event::anon_vma_unlock, root.raw());
                // The anon_vma was not counted as used yet, so the unlink must not count it down.
                world.change(dst).anon_vma = {};
                if (!world.has_fault(faults::clone_error_keeps_edges)) unlink_anon_vmas(world, dst);
                return Errno::enomem;
            }
            const AnonVmaId anon_vma = world[each].anon_vma;
            world.bug_on(world[anon_vma].root != root, "chain with two roots");
            anon_vma_chain_link(world, dst, world.template allocate<AvcId>(), anon_vma);
            if (world[dst].anon_vma == anon_vma && world.has_fault(faults::clone_stops_at_own)) break;
            if (!world[dst].anon_vma && world[src].anon_vma && reusable(world, world[src], anon_vma)) {
                world.change(dst).anon_vma = anon_vma;
                world.emit(Event::anon_vma_reused, anon_vma.raw(), dst.raw());
            }
        }
        world.emit(Event::anon_vma_unlock, root.raw());
    }
    if (const AnonVmaId anon_vma = world[dst].anon_vma) count_active(world, anon_vma, true);
    return Errno::ok;
}

template <class D>
Errno anon_vma_fork(World<D>& world, VmaId child, VmaId parent) {
    const FunctionScope scope(world, "anon_vma_fork");
    const AnonVmaId parents = world[parent].anon_vma;
    if (!parents) return Errno::ok;
    world.change(child).anon_vma = {};
    if (world.has_fault(faults::av_fork_shares_parent)) {
        // The new VMA was a plain copy, so its prev still named the parent's.
        const VmaId prev = world[parent].prev;
        if (prev && world[prev].anon_vma == parents) world.change(child).anon_vma = parents;
    }
    if (anon_vma_clone(world, child, parent) != Errno::ok) return Errno::enomem;
    if (world[child].anon_vma) return Errno::ok;  // reused

    const bool leak = world.has_fault(faults::av_fork_leak);
    if (!world.may_allocate(AllocSite::anon_vma_fork_anon_vma)) {
        if (!leak) unlink_anon_vmas(world, child);
        return Errno::enomem;
    }
    if (!world.may_allocate(AllocSite::anon_vma_fork_avc)) {
        if (!leak) unlink_anon_vmas(world, child);
        return Errno::enomem;
    }
    const AnonVmaId id = anon_vma_alloc(world);
    const AnonVmaId root = world[parents].root;
    AnonVma& anon_vma = world.change(id);
    anon_vma.root = root;
    anon_vma.parent = parents;
    anon_vma.num_children = 0;
    anon_vma.degree = 0;
    if (!world.has_fault(faults::fork_root_not_referenced)) ++world.change(root).refcount;
    world.change(child).anon_vma = id;
    world.emit(Event::anon_vma_forked, id.raw(), child.raw());
    world.emit(Event::anon_vma_lock, root.raw());
    anon_vma_chain_link(world, child, world.template allocate<AvcId>(), id);
    count_active(world, id, true);
    if (!world.has_fault(faults::fork_child_not_counted)) count_child(world, parents, true);
    world.emit(Event::anon_vma_unlock, root.raw());
    return Errno::ok;
}

template <class D>
void unlink_anon_vmas(World<D>& world, VmaId id) {
    const FunctionScope scope(world, "unlink_anon_vmas");
    const Vma<D>& vma = world[id];
    AnonVmaId root;
    if (const AvcId newest = vma.chain_newest) {
        root = world[world[newest].anon_vma].root;
        world.emit(Event::anon_vma_lock, root.raw());
    }
    const AvcId left = world.has_fault(faults::unlink_leaves_edge) ? vma.chain_newest : AvcId();
    // First pass, under the lock: out of the trees. AVCs of anon_vmas that became empty stay for the second pass.
    for (AvcId each = vma.chain_newest; each;) {
        const AvcId older = world[each].older;
        const AnonVmaId anon_vma = world[each].anon_vma;
        world.bug_on(world[anon_vma].root != root, "chain with two roots");
        if (each != left) anon_vma_interval_tree_remove(world, each);
        if (world[anon_vma].rb_root || world.has_fault(faults::unlink_keeps_anon_vma))
            chain_unlink(world, each);
        else
            count_child(world, world[anon_vma].parent, false);
        each = older;
    }
    if (vma.anon_vma) count_active(world, vma.anon_vma, false);
    if (root) world.emit(Event::anon_vma_unlock, root.raw());

    while (const AvcId each = vma.chain_newest) {
        const AnonVmaId anon_vma = world[each].anon_vma;
        world.bug_on(world[anon_vma].num_children != 0 || world[anon_vma].num_active_vmas != 0,
                     "an empty anon_vma still counts children or users");
        put_anon_vma(world, anon_vma);
        chain_unlink(world, each);
    }
}

template <class D>
void anon_vma_merge(World<D>& world, VmaId survivor, VmaId victim) {
    const FunctionScope scope(world, "anon_vma_merge");
    world.bug_on(world[survivor].anon_vma != world[victim].anon_vma, "merged VMAs have different anon_vmas");
    unlink_anon_vmas(world, victim);
}

template <class D>
void anon_vma_interval_tree_pre_update_vma(World<D>& world, VmaId vma) {
    for (AvcId each = world[vma].chain_newest; each; each = world[each].older)
        anon_vma_interval_tree_remove(world, each);
}

template <class D>
void anon_vma_interval_tree_post_update_vma(World<D>& world, VmaId vma) {
    for (AvcId each = world[vma].chain_newest; each; each = world[each].older)
        anon_vma_interval_tree_insert(world, each);
}

template <class D>
std::size_t chain_length(const World<D>& world, const Vma<D>& vma) {
    std::size_t length = 0;
    for (AvcId each = vma.chain_newest; each; each = world[each].older) ++length;
    return length;
}

template void anon_vma_chain_link(World<Plain>&, VmaId, AvcId, AnonVmaId);
template Errno anon_vma_prepare(World<Plain>&, VmaId);
template AnonVmaId find_mergeable_anon_vma(const World<Plain>&, VmaId);
template Errno anon_vma_clone(World<Plain>&, VmaId, VmaId);
template Errno anon_vma_fork(World<Plain>&, VmaId, VmaId);
template void unlink_anon_vmas(World<Plain>&, VmaId);
template void anon_vma_merge(World<Plain>&, VmaId, VmaId);
template void anon_vma_interval_tree_pre_update_vma(World<Plain>&, VmaId);
template void anon_vma_interval_tree_post_update_vma(World<Plain>&, VmaId);
template std::size_t chain_length(const World<Plain>&, const Vma<Plain>&);
template void anon_vma_chain_link(World<Traced>&, VmaId, AvcId, AnonVmaId);
template Errno anon_vma_prepare(World<Traced>&, VmaId);
template AnonVmaId find_mergeable_anon_vma(const World<Traced>&, VmaId);
template Errno anon_vma_clone(World<Traced>&, VmaId, VmaId);
template Errno anon_vma_fork(World<Traced>&, VmaId, VmaId);
template void unlink_anon_vmas(World<Traced>&, VmaId);
template void anon_vma_merge(World<Traced>&, VmaId, VmaId);
template void anon_vma_interval_tree_pre_update_vma(World<Traced>&, VmaId);
template void anon_vma_interval_tree_post_update_vma(World<Traced>&, VmaId);
template std::size_t chain_length(const World<Traced>&, const Vma<Traced>&);

}  // namespace vmacheck
