// A mapping that the kernel makes itself (vdso, uprobes): __install_special_mapping of v5.10 mm/mmap.c. Not a system
// call: its callers choose the place. A place that none of them would choose is EINVAL here, as is PROT_WRITE, which no
// caller passes.
#include "model/accounting.hpp"
#include "model/faults/accounting.hpp"
#include "model/file.hpp"
#include "model/insert_vm_struct.hpp"
#include "model/ops/ops.hpp"
#include "model/state/function_scope.hpp"

namespace vmacheck {
namespace {

template <class D>
Errno install_special_mapping(World<D>& world, MmId mm, const Op<D>& op) {
    const FunctionScope scope(world, "__install_special_mapping");
    if (!world.may_allocate(AllocSite::special_mapping_vma)) return Errno::enomem;
    const VmaId id = world.template allocate<VmaId>();
    Vma<D>& vma = world.change(id);
    vma.mm = mm;
    vma.start = op.addr.page;
    vma.end = op.addr.page + op.len.page;
    vma.flags = (op.prot & vm::access) | vm::may_access | world[mm].def_flags | vm::dontexpand;
    if ((op.call_flags & special_map::account) != 0) vma.flags |= vm::account;
    // What is never counted as locked must not be counted out.
    if (!world.has_fault(faults::special_mapping_locked)) vma.flags &= ~(vm::locked | vm::lockonfault);
    if (world.parameters().soft_dirty) vma.flags |= vm::softdirty;
    vma.ops = (op.call_flags & special_map::vdso) != 0 ? VmOps::vdso : VmOps::special;
    if (const Errno error = insert_vm_struct(world, id); error != Errno::ok) {
        world.free(id);
        return error;
    }
    vm_stat_account(world, mm, vma.flags, pages(vma), true);
    return Errno::ok;
}

}  // namespace

template <class D>
void op_special_mapping(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome) {
    const std::uint64_t task_size = world.parameters().task_size;
    const bool placed = op.addr.aligned() && op.len.aligned() && op.len.page > 0 && op.addr.page <= task_size &&
                        op.len.page <= task_size - op.addr.page;
    const bool known = (op.prot & ~(prot::read | prot::exec)) == 0 &&
                       (op.call_flags & ~(special_map::vdso | special_map::account)) == 0;
    if (!placed || !known) {
        outcome.error = Errno::einval;
        return;
    }
    world.emit(Event::mmap_lock_write, mm.raw());
    outcome.error = install_special_mapping(world, mm, op);
    world.emit(Event::mmap_unlock_write, mm.raw());
}

template void op_special_mapping(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_special_mapping(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
