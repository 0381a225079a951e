#include "model/mprotect_fixup.hpp"

#include "model/accounting.hpp"
#include "model/faults/pages.hpp"
#include "model/mseal.hpp"
#include "model/page_table.hpp"
#include "model/populate.hpp"
#include "model/state/function_scope.hpp"
#include "model/vma_modify.hpp"

namespace vmacheck {
namespace {

// Which pages a VMA must not lose from under RLIMIT_DATA, and what becoming writable costs. Sets *charged.
template <class D>
Errno charge_for_write(World<D>& world, const Vma<D>& vma, const Number<D>& count, VmFlags& flags, Number<D>* charged) {
    if ((flags & vm::write) == 0) return Errno::ok;
    if (!may_expand_vm(world, vma.mm, flags, count) && may_expand_vm(world, vma.mm, vma.flags, count))
        return Errno::enomem;
    constexpr VmFlags exempt = vm::account | vm::write | vm::hugetlb | vm::shared | vm::noreserve;
    if ((vma.flags & exempt) != 0) return Errno::ok;
    if (charge_commit(world, vma.mm, count) != Errno::ok) return Errno::enomem;
    *charged = count;
    flags |= vm::account;
    return Errno::ok;
}

// Whether the memory's charge is given back: it cannot be written from now on, and never was.
template <class D>
bool drops_account(const World<D>& world, const Vma<D>& vma, VmFlags flags) {
    if ((flags & vm::write) != 0 || (vma.flags & vm::account) == 0) return false;
    return world.profile().policy.account_dropped && vma_is_anonymous(vma) && !faulted(vma);
}

}  // namespace

template <class D>
Errno mprotect_fixup(World<D>& world, VmaId id, VmaId* prev, const Number<D>& start, const Number<D>& end,
                     VmFlags flags) {
    const FunctionScope scope(world, "mprotect_fixup");
    const Vma<D>& vma = world[id];
    const MmId mm = vma.mm;
    const VmFlags old_flags = vma.flags;
    if (vma_is_sealed(vma)) return Errno::eperm;
    if (flags == old_flags) {
        *prev = id;
        return Errno::ok;
    }
    const Number<D> count = end - start;
    Number<D> charged = 0;
    if (charge_for_write(world, vma, count, flags, &charged) != Errno::ok) return Errno::enomem;
    const bool uncharges = drops_account(world, vma, flags);
    if (uncharges) flags &= ~vm::account;

    VmaId changed;
    const VmaChange<D> change{id, *prev, start, end, flags};
    const Errno error = vma_modify(world, change, &changed);
    *prev = changed;
    if (error != Errno::ok) {
        if (charged > 0) uncharge_commit(world, charged);
        return error;
    }
    flags = with_sticky_flags(world, change, changed, flags);
    if (world[changed].flags != flags) {
        world.change(changed).flags = flags;
        world.emit(Event::flags_changed, changed.raw());
    }
    if (world.has_fault(faults::mprotect_drops_pages)) zap_range(world, mm, start, end);
    if (uncharges) uncharge_commit(world, count);
    write_protect_range(world, mm, start, end);
    // Locked memory is to cause no fault later: private pages that may be written to from now on are copied now.
    if ((old_flags & (vm::write | vm::shared | vm::locked)) == vm::locked && (flags & vm::write) != 0)
        populate_vma_page_range(world, changed, start, end);
    vm_stat_account(world, mm, old_flags, count, false);
    vm_stat_account(world, mm, flags, count, true);
    return Errno::ok;
}

template Errno mprotect_fixup(World<Plain>&, VmaId, VmaId*, const Number<Plain>&, const Number<Plain>&, VmFlags);
template Errno mprotect_fixup(World<Traced>&, VmaId, VmaId*, const Number<Traced>&, const Number<Traced>&, VmFlags);

}  // namespace vmacheck
