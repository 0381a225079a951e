// fork: dup_mm and dup_mmap of v5.10 kernel/fork.c.
//
// The child gets each VMA of the parent as it is, without merging, except those marked VM_DONTCOPY. A failure half way
// tears down what the child has so far.
#include "model/faults/fork.hpp"
#include "model/accounting.hpp"
#include "model/anon_vma.hpp"
#include "model/exit_mmap.hpp"
#include "model/faults/accounting.hpp"
#include "model/faults/pages.hpp"
#include "model/file.hpp"
#include "model/gap_tree.hpp"
#include "model/interval_tree.hpp"
#include "model/mempolicy.hpp"
#include "model/ops/ops.hpp"
#include "model/page_table.hpp"
#include "model/state/function_scope.hpp"
#include "model/vm_area_dup.hpp"

namespace vmacheck {
namespace {

constexpr std::uint64_t four_gi = std::uint64_t{1} << 32;

// The pages of a VMA as an unsigned int holds them.
template <class D>
Number<D> low_32_bits(Number<D> pages) {
    while (pages >= four_gi) pages -= four_gi;
    return pages;
}

// Whether the child is to find the memory of this VMA of its parent empty.
template <class D>
bool wiped(const World<D>& world, const Vma<D>& vma) {
    return (vma.flags & vm::wipeonfork) != 0 && !world.has_fault(faults::wipeonfork_ignored);
}

// The child's copy of one VMA, not linked anywhere but in its anon_vmas. enomem: no trace of it remains.
template <class D>
Errno copy_vma_for_child(World<D>& world, MmId child, MmId parent, VmaId id, VmaId* out) {
    Number<D> count = pages(world[id]);
    // The kernel once held it in 32 bits.
    if (world.has_fault(faults::fork_charge_width) && count >= four_gi) count = low_32_bits<D>(count);
    const bool accounted = (world[id].flags & vm::account) != 0;
    // The limit is asked of the parent, whose fork it is.
    if (accounted && charge_commit(world, parent, count) != Errno::ok) return Errno::enomem;
    const auto fail = [&] {
        if (accounted) uncharge_commit(world, count);
        return Errno::enomem;
    };
    const VmaId copy_id = vm_area_dup(world, id, AllocSite::dup_mmap_vma);
    if (!copy_id) return fail();
    const Vma<D>& vma = world[id];
    Vma<D>& copy = world.change(copy_id);
    copy.mm = child;
    copy.anon_vma = {};  // anon_vma_fork finds or makes one, but for VM_WIPEONFORK
    copy.flags &= ~(vm::locked | vm::lockonfault);
    // dup_userfaultfd: without the fork event, which is not modelled, the child is not registered.
    if (!world.has_fault(faults::fork_uffd_flags_kept)) copy.flags &= ~vm::uffd;
    copy.uffd = 0;
    if (vma_dup_policy(world, id, copy_id, AllocSite::dup_mmap_policy) != Errno::ok) {
        world.free(copy_id);
        return fail();
    }
    if (!wiped(world, vma) && anon_vma_fork(world, copy_id, id) != Errno::ok) {
        mpol_put(world, copy.policy);
        world.free(copy_id);
        return fail();
    }
    // No page of the child has an index by the parent's offset, which is another one if the parent's VMA was moved.
    if (wiped(world, vma) && !world.has_fault(faults::wipeonfork_stale_pgoff)) copy.pgoff = copy.start;
    *out = copy_id;
    return Errno::ok;
}

// Links the child's copy into file, list and trees, and gives it the parent's pages. enomem: it is linked, but has not
// all pages; the whole child goes.
template <class D>
Errno link_copy(World<D>& world, MmId child, MmId parent, VmaId copy, VmaId original, VmaId prev) {
    if (const FileId file = world[copy].file) {
        get_file(world, file);
        const AddressSpaceId mapping = world[file].mapping;
        world.emit(Event::i_mmap_lock, mapping.raw());
        if (counts_as_writable(world, world[copy].flags) && !world.has_fault(faults::fork_writable_not_counted))
            ++world.change(mapping).i_mmap_writable;
        i_mmap_insert_after(world, copy, mapping, original);
        world.emit(Event::i_mmap_unlock, mapping.raw());
    }
    link_into_mm(world, copy, prev);
    ++world.change(child).map_count;
    // Pages of a VMA without anon_vma can be faulted in again; the rest must be shared now, and guard pages.
    const VmFlags guards = world.has_fault(faults::fork_forgets_guards) ? 0 : vm::maybe_guard;
    const VmFlags never_faulted_in = vm::hugetlb | vm::pfnmap | vm::mixedmap | guards;
    const bool must_copy = faulted(world[original]) || (world[original].flags & never_faulted_in) != 0;
    Errno error = Errno::ok;
    if (!wiped(world, world[original]) && must_copy) error = copy_page_range(world, child, parent, world[original]);
    vma_open(world, copy);
    return error;
}

template <class D>
Errno dup_mmap(World<D>& world, MmId child, MmId parent) {
    const FunctionScope scope(world, "dup_mmap");
    if (world[parent].ksm_entered && !world.has_fault(faults::ksm_fork_forgotten)) {  // ksm_fork
        if (!world.may_allocate(AllocSite::ksm_fork_mm_slot)) return Errno::enomem;
        world.change(child).ksm_entered = true;
    }
    VmaId prev;
    for (VmaId each = world[parent].mmap; each; each = world[each].next) {
        if ((world[each].flags & vm::dontcopy) != 0) {
            vm_stat_account(world, child, world[each].flags, pages(world[each]), false);
            continue;
        }
        VmaId copy;
        if (copy_vma_for_child(world, child, parent, each, &copy) != Errno::ok) return Errno::enomem;
        const Errno error = link_copy(world, child, parent, copy, each, prev);
        world.emit(Event::vma_created, copy.raw());
        if (error != Errno::ok) return error;
        world.let_others_run(parent);
        prev = copy;
    }
    return Errno::ok;
}

}  // namespace

template <class D>
void op_fork(World<D>& world, MmId parent, const Op<D>& op, Outcome<D>& outcome) {
    (void)op;
    const auto& processes = world.globals().processes;
    std::size_t slot = 0;
    while (slot < processes.size() && processes[slot]) ++slot;
    if (slot == processes.size()) {
        outcome.error = Errno::eagain;
        return;
    }
    if (!world.may_allocate(AllocSite::dup_mm_mm)) {
        outcome.error = Errno::enomem;
        return;
    }
    const MmId child = world.template allocate<MmId>();
    const Mm<D>& old = world[parent];
    Mm<D>& mm = world.change(child);
    mm.total_vm = old.total_vm;
    mm.data_vm = old.data_vm;
    mm.exec_vm = old.exec_vm;
    mm.stack_vm = old.stack_vm;
    mm.def_flags = old.def_flags & vm::nohugepage;
    mm.brk = old.brk;
    if (world.has_fault(faults::fork_counters_before_lock)) world.let_others_run();
    // The struct is copied whole; highest_vm_end is only set again when the first VMA is linked.
    if (world.has_fault(faults::fork_stale_highest)) mm.highest_vm_end = old.highest_vm_end;

    world.emit(Event::mmap_lock_write, parent.raw());
    const Errno error = dup_mmap(world, child, parent);
    world.emit(Event::mmap_unlock_write, parent.raw());
    if (error != Errno::ok) {
        exit_mmap(world, child);
        outcome.error = error;
        return;
    }
    mm.hiwater_vm = mm.total_vm;
    world.change_globals().processes[slot] = child;
    outcome.value = Bytes<D>::from(slot);
}

template void op_fork(World<Plain>&, MmId, const Op<Plain>&, Outcome<Plain>&);
template void op_fork(World<Traced>&, MmId, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
