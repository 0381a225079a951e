#include "model/stack_growth.hpp"

#include "model/accounting.hpp"
#include "model/anon_vma.hpp"
#include "model/faults/accounting.hpp"
#include "model/faults/search.hpp"
#include "model/faults/stack.hpp"
#include "model/gap_tree.hpp"
#include "model/refusal.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

// acct_stack_growth. As shipped it charges any VMA; nothing ever returns the charge of one without VM_ACCOUNT.
template <class D>
Errno acct_stack_growth(World<D>& world, const Vma<D>& vma, const Number<D>& size, const Number<D>& grow,
                        MmId current) {
    const Parameters& p = world.parameters();
    if (!may_expand_vm(world, vma.mm, vma.flags, grow)) return Errno::enomem;
    if (p.rlimit_stack != unlimited && !within<D>(world, "the stack", size, "RLIMIT_STACK", p.rlimit_stack))
        return Errno::enomem;
    if (!mlock_limit_allows(world, vma.mm, vma.flags, grow)) return Errno::enomem;
    if ((vma.flags & vm::account) == 0 && !world.has_fault(faults::stack_growth_charge)) return Errno::ok;
    // The limit is that of the address space that owns the stack, whichever task runs.
    return charge_commit(world, world.has_fault(faults::stack_grow_wrong_mm) ? current : vma.mm, grow);
}

template <class D>
void count_growth(World<D>& world, const Vma<D>& vma, const Number<D>& grow) {
    if ((vma.flags & vm::locked) != 0) world.change(vma.mm).locked_vm += grow;
    vm_stat_account(world, vma.mm, vma.flags, grow, true);
}

// What lies between this page and a neighbour must be a guard gap, unless the neighbour is a stack of the same
// direction, or cannot be accessed: a guard that a runtime has placed itself.
template <class D>
bool keeps_distance(const World<D>& world, const Vma<D>& neighbour, VmFlags direction) {
    if ((neighbour.flags & direction) != 0) return false;
    return vma_is_accessible(neighbour) || world.has_fault(faults::guard_gap_protnone);
}

}  // namespace

template <class D>
Errno expand_downwards(World<D>& world, VmaId id, const Number<D>& page, MmId current) {
    const FunctionScope scope(world, "expand_downwards");
    const Parameters& p = world.parameters();
    if (page < p.mmap_min_addr) return Errno::eperm;
    if (const VmaId below = world[id].prev) {
        const Vma<D>& prev = world[below];
        if (keeps_distance(world, prev, vm::growsdown) && page - prev.end < p.stack_guard_gap) {
            world.refused([&] {
                return fmt::format("{} pages would be left above the VMA that ends at {:#x}, stack_guard_gap is {}",
                                   (page - prev.end).value(), prev.end.value() * page_size, p.stack_guard_gap);
            });
            return Errno::enomem;
        }
    }
    if (anon_vma_prepare(world, id) != Errno::ok) return Errno::enomem;

    const Vma<D>& vma = world[id];
    const Number<D> grow = vma.start - page;
    const bool wraps = grow > vma.pgoff;
    if (wraps && !world.has_fault(faults::pgoff_wrap_down)) return Errno::enomem;
    if (acct_stack_growth(world, vma, vma.end - page, grow, current) != Errno::ok) return Errno::enomem;
    count_growth(world, vma, grow);
    const AnonVmaId root = world[world[id].anon_vma].root;
    world.emit(Event::anon_vma_lock, root.raw());
    anon_vma_interval_tree_pre_update_vma(world, id);
    Vma<D>& grown = world.change(id);
    grown.start = page;
    if (wraps) grown.pgoff += std::uint64_t{1} << p.pgoff_bits;
    grown.pgoff -= grow;
    anon_vma_interval_tree_post_update_vma(world, id);
    vma_gap_update(world, id);
    world.emit(Event::anon_vma_unlock, root.raw());
    world.emit(Event::stack_grown, id.raw());
    return Errno::ok;
}

template <class D>
Errno expand_upwards(World<D>& world, VmaId id, const Number<D>& page, MmId current) {
    const FunctionScope scope(world, "expand_upwards");
    const Parameters& p = world.parameters();
    if ((world[id].flags & vm::growsup) == 0) return Errno::efault;
    if (page >= p.task_size) return Errno::enomem;
    const Number<D> end = page + 1;
    // At the top of the address space there need be no room for a whole guard gap.
    Number<D> guarded = end + p.stack_guard_gap;
    if (guarded >= pages_in_64_bits && world.has_fault(faults::guard_gap_up_overflow)) return Errno::enomem;
    if (guarded > p.task_size) guarded = p.task_size;
    if (const VmaId above = world[id].next) {
        const Vma<D>& next = world[above];
        if (next.start < guarded && keeps_distance(world, next, vm::growsup)) return Errno::enomem;
    }
    if (anon_vma_prepare(world, id) != Errno::ok) return Errno::enomem;

    const Vma<D>& vma = world[id];
    const Number<D> size = end - vma.start;
    const Number<D> grow = end - vma.end;
    const bool wraps = vma.pgoff + size >= std::uint64_t{1} << p.pgoff_bits;
    if (wraps && !world.has_fault(faults::pgoff_wrap_up)) return Errno::enomem;
    if (acct_stack_growth(world, vma, size, grow, current) != Errno::ok) return Errno::enomem;
    count_growth(world, vma, grow);
    const AnonVmaId root = world[world[id].anon_vma].root;
    world.emit(Event::anon_vma_lock, root.raw());
    anon_vma_interval_tree_pre_update_vma(world, id);
    world.change(id).end = end;
    anon_vma_interval_tree_post_update_vma(world, id);
    if (vma.next)
        vma_gap_update(world, vma.next);
    else
        world.change(vma.mm).highest_vm_end = vm_end_gap(vma, p.stack_guard_gap);
    world.emit(Event::anon_vma_unlock, root.raw());
    world.emit(Event::stack_grown, id.raw());
    return Errno::ok;
}

template <class D>
Extended<D> find_or_expand(World<D>& world, MmId mm, const Number<D>& page, MmId current) {
    const VmaId above = find_vma(world, mm, page);
    if (above && world[above].start <= page) return {above, false, {}};
    if (world.parameters().stack_grows_up) {
        const VmaId below = prev_of(world, mm, above);
        if (!below || expand_upwards(world, below, page, current) != Errno::ok) return {};
        return {below, true, world[below].start};
    }
    if (!above || (world[above].flags & vm::growsdown) == 0) return {};
    const Number<D> old_start = world[above].start;
    if (expand_downwards(world, above, page, current) != Errno::ok) return {};
    return {above, true, old_start};
}

template Errno expand_downwards(World<Plain>&, VmaId, const Number<Plain>&, MmId);
template Errno expand_upwards(World<Plain>&, VmaId, const Number<Plain>&, MmId);
template Extended<Plain> find_or_expand(World<Plain>&, MmId, const Number<Plain>&, MmId);
template Errno expand_downwards(World<Traced>&, VmaId, const Number<Traced>&, MmId);
template Errno expand_upwards(World<Traced>&, VmaId, const Number<Traced>&, MmId);
template Extended<Traced> find_or_expand(World<Traced>&, MmId, const Number<Traced>&, MmId);

}  // namespace vmacheck
