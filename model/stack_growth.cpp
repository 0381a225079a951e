#include "model/stack_growth.hpp"

#include "model/accounting.hpp"
#include "model/anon_vma.hpp"
#include "model/function_scope.hpp"
#include "model/gap_tree.hpp"

namespace vmacheck {
namespace {

// acct_stack_growth. As shipped it charges any VMA; nothing ever returns the charge of one without VM_ACCOUNT.
template <class D>
Errno acct_stack_growth(World<D>& world, const Vma<D>& vma, const Number<D>& size, const Number<D>& grow) {
    const Parameters& p = world.parameters();
    if (!may_expand_vm(world, vma.mm, vma.flags, grow)) return Errno::enomem;
    if (p.rlimit_stack != unlimited && size > p.rlimit_stack) return Errno::enomem;
    if (!mlock_limit_allows(world, vma.mm, vma.flags, grow)) return Errno::enomem;
    if ((vma.flags & vm::account) == 0 && !world.has_fault(Fault::stack_growth_charge)) return Errno::ok;
    return charge_commit(world, vma.mm, grow);
}

}  // namespace

template <class D>
Errno expand_downwards(World<D>& world, VmaId id, const Number<D>& page) {
    const FunctionScope scope(world, "expand_downwards");
    const Parameters& p = world.parameters();
    if (page < p.mmap_min_addr) return Errno::eperm;
    if (const VmaId below = world[id].prev) {
        const Vma<D>& prev = world[below];
        const bool imposes_gap = (prev.flags & vm::growsdown) == 0 && vma_is_accessible(prev);
        if (imposes_gap && page - prev.end < p.stack_guard_gap) return Errno::enomem;
    }
    if (anon_vma_prepare(world, id) != Errno::ok) return Errno::enomem;

    const Vma<D>& vma = world[id];
    const Number<D> grow = vma.start - page;
    if (grow > vma.pgoff) return Errno::enomem;
    if (acct_stack_growth(world, vma, vma.end - page, grow) != Errno::ok) return Errno::enomem;
    if ((vma.flags & vm::locked) != 0) world.change(vma.mm).locked_vm += grow;
    vm_stat_account(world, vma.mm, vma.flags, grow, true);
    const AnonVmaId root = world[world[id].anon_vma].root;
    world.emit(Event::anon_vma_lock, root.raw());
    anon_vma_interval_tree_pre_update_vma(world, id);
    Vma<D>& grown = world.change(id);
    grown.start = page;
    grown.pgoff -= grow;
    anon_vma_interval_tree_post_update_vma(world, id);
    vma_gap_update(world, id);
    world.emit(Event::anon_vma_unlock, root.raw());
    world.emit(Event::stack_grown, id.raw());
    return Errno::ok;
}

template Errno expand_downwards(World<Plain>&, VmaId, const Number<Plain>&);
template Errno expand_downwards(World<Traced>&, VmaId, const Number<Traced>&);

}  // namespace vmacheck
