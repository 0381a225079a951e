#include "model/accounting.hpp"

#include "model/faults/accounting.hpp"
#include "model/faults/mremap.hpp"
#include "model/refusal.hpp"

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::uint64_t two_gi = std::uint64_t{1} << 31;

// A count of pages in an event, cut to what an event holds.
template <class D>
std::uint32_t event_pages(const Number<D>& pages) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(pages.value(), 0xffffffff));
}

// What mode 2 lets the caller's request reach: strictly less than this.
template <class D>
bool below_commit_limit(const World<D>& world, MmId mm) {
    const Parameters& p = world.parameters();
    Number<D> used = world.globals().committed;  // percpu_counter_read_positive: 0 where it is overdrawn
    if (!p.cap_sys_admin) used += p.admin_reserve;
    const Number<D> share = quotient(world[mm].total_vm, 32);
    used += share < p.user_reserve ? share : Number<D>(p.user_reserve);
    return used < p.commit_limit;
}

// Takes pages from a counter. Where a bug has left pages uncounted, it may have fewer: the kernel's wraps around, and
// here it stays at 0.
template <class D>
void count_out(Number<D>& counter, const Number<D>& pages, bool may_lack) {
    if (may_lack && counter < pages)
        counter = 0;
    else
        counter -= pages;
}

}  // namespace

VmFlags vm_stack(const Parameters& parameters) {
    return parameters.stack_grows_up ? vm::growsup : vm::growsdown;
}

VmClass vm_class(VmFlags flags, VmFlags stack) {
    if ((flags & (vm::exec | vm::write | stack)) == vm::exec) return VmClass::exec;
    if ((flags & stack) != 0) return VmClass::stack;
    if ((flags & (vm::write | vm::shared | stack)) == vm::write) return VmClass::data;
    return VmClass::none;
}

template <class D>
bool may_expand_vm(const World<D>& world, MmId mm, VmFlags flags, const Number<D>& pages) {
    const Parameters& p = world.parameters();
    if (p.rlimit_as != unlimited &&
        !within<D>(world, "total_vm", world[mm].total_vm + pages, "RLIMIT_AS", p.rlimit_as) &&
        !world.has_fault(faults::rlimit_as_ignored))
        return false;
    // RLIMIT_DATA of 0 within an unlimited hard limit means "not enforced" (the kernel's compatibility exception).
    if (p.rlimit_data != unlimited && p.rlimit_data != 0 && vm_class(flags, vm_stack(p)) == VmClass::data)
        return within<D>(world, "data_vm", world[mm].data_vm + pages, "RLIMIT_DATA", p.rlimit_data) ||
               world.has_fault(faults::rlimit_data_ignored);
    return true;
}

template <class D>
void vm_stat_account(World<D>& world, MmId id, VmFlags flags, const Number<D>& pages, bool more) {
    Mm<D>& mm = world.change(id);
    const bool may_lack = world.has_fault(faults::mremap_growth_width);
    const auto count = [&](Number<D>& counter) {
        if (more)
            counter += pages;
        else
            count_out<D>(counter, pages, may_lack);
    };
    count(mm.total_vm);
    switch (vm_class(flags, vm_stack(world.parameters()))) {
        case VmClass::exec:
            if (!world.has_fault(faults::exec_vm_not_counted)) count(mm.exec_vm);
            break;
        case VmClass::stack:
            if (!world.has_fault(faults::stack_vm_not_counted)) count(mm.stack_vm);
            break;
        case VmClass::data:
            if (!world.has_fault(faults::data_vm_not_counted)) count(mm.data_vm);
            break;
        case VmClass::none: break;
    }
}

template <class D>
void count_locked(World<D>& world, MmId mm, const Number<D>& pages, bool more) {
    const bool may_lack = world.has_fault(faults::special_mapping_locked) ||
                          world.has_fault(faults::mlock_count_width) || world.has_fault(faults::mremap_growth_width);
    Number<D>& locked = world.change(mm).locked_vm;
    if (more)
        locked += pages;
    else
        count_out<D>(locked, pages, may_lack);
}

template <class D>
IntPages<D> as_int(const Number<D>& pages) {
    const Number<D> low = remainder(pages, 2 * two_gi);
    if (low < two_gi) return {low, false};
    return {Number<D>(2 * two_gi) - low, true};
}

template <class D>
IntPages<D> negated(const IntPages<D>& count) {
    return {count.pages, !count.negative || count.pages == two_gi};
}

template <class D>
Errno charge_commit(World<D>& world, MmId mm, const Number<D>& pages) {
    charge_commit_unchecked(world, pages);
    bool allowed = true;
    switch (world.parameters().overcommit_mode) {
        case 0: allowed = pages <= world.parameters().total_memory; break;
        case 1: break;
        default: allowed = below_commit_limit(world, mm); break;
    }
    if (allowed || world.has_fault(faults::commit_limit_ignored)) return Errno::ok;
    world.refused([&] {
        const Parameters& p = world.parameters();
        if (p.overcommit_mode == 0)
            return fmt::format("a charge of {} pages, memory and swap are {}", pages.value(), p.total_memory);
        return fmt::format(
            "committed would be {} pages, and with what is kept for others must be less than the "
            "commit limit of {}",
            world.globals().committed.value(), p.commit_limit);
    });
    uncharge_commit(world, pages);
    world.emit(Event::charge_refused, event_pages<D>(pages));
    return Errno::enomem;
}

template <class D>
void charge_commit_unchecked(World<D>& world, const Number<D>& pages) {
    auto& globals = world.change_globals();
    if (globals.overdrawn.value() == 0) {
        globals.committed += pages;
    } else if (globals.overdrawn > pages) {
        globals.overdrawn -= pages;
    } else {
        globals.committed = pages - globals.overdrawn;
        globals.overdrawn = 0;
    }
    world.emit(Event::commit_charged, event_pages<D>(pages));
}

template <class D>
void uncharge_commit(World<D>& world, const Number<D>& pages) {
    auto& globals = world.change_globals();
    // Decided by the concrete values: that the charge covers what is returned is an obligation in a repaired kernel
    // (the difference states it), not a branch that a solver should negate.
    if (pages.value() <= globals.committed.value()) {
        globals.committed -= pages;
    } else {
        globals.overdrawn += pages - globals.committed;
        globals.committed = 0;
    }
    world.emit(Event::commit_uncharged, event_pages<D>(pages));
}

template <class D>
bool accountable_mapping(const File<D>* file, VmFlags flags) {
    if (file != nullptr && file->kind == FileKind::hugetlb) return false;  // huge pages are accounted separately
    return (flags & (vm::noreserve | vm::shared | vm::write)) == vm::write;
}

template <class D>
bool mlock_limit_allows(const World<D>& world, MmId mm, VmFlags flags, const Number<D>& pages) {
    const Parameters& p = world.parameters();
    if ((flags & vm::locked) == 0 || p.cap_ipc_lock || p.rlimit_memlock == unlimited) return true;
    return within<D>(world, "locked_vm", world[mm].locked_vm + pages, "RLIMIT_MEMLOCK", p.rlimit_memlock);
}

template <class D>
bool can_do_mlock(const World<D>& world) {
    if (world.parameters().rlimit_memlock != 0 || world.parameters().cap_ipc_lock) return true;
    world.refused([] { return "RLIMIT_MEMLOCK is 0, and the caller lacks CAP_IPC_LOCK"; });
    return false;
}

template bool may_expand_vm(const World<Plain>&, MmId, VmFlags, const Number<Plain>&);
template void vm_stat_account(World<Plain>&, MmId, VmFlags, const Number<Plain>&, bool);
template void count_locked(World<Plain>&, MmId, const Number<Plain>&, bool);
template IntPages<Plain> as_int<Plain>(const Number<Plain>&);
template IntPages<Plain> negated(const IntPages<Plain>&);
template Errno charge_commit(World<Plain>&, MmId, const Number<Plain>&);
template void uncharge_commit(World<Plain>&, const Number<Plain>&);
template void charge_commit_unchecked(World<Plain>&, const Number<Plain>&);
template bool accountable_mapping(const File<Plain>* file, VmFlags);
template bool mlock_limit_allows(const World<Plain>&, MmId, VmFlags, const Number<Plain>&);
template bool can_do_mlock(const World<Plain>&);
template bool may_expand_vm(const World<Traced>&, MmId, VmFlags, const Number<Traced>&);
template void vm_stat_account(World<Traced>&, MmId, VmFlags, const Number<Traced>&, bool);
template void count_locked(World<Traced>&, MmId, const Number<Traced>&, bool);
template IntPages<Traced> as_int<Traced>(const Number<Traced>&);
template IntPages<Traced> negated(const IntPages<Traced>&);
template Errno charge_commit(World<Traced>&, MmId, const Number<Traced>&);
template void uncharge_commit(World<Traced>&, const Number<Traced>&);
template void charge_commit_unchecked(World<Traced>&, const Number<Traced>&);
template bool accountable_mapping(const File<Traced>* file, VmFlags);
template bool mlock_limit_allows(const World<Traced>&, MmId, VmFlags, const Number<Traced>&);
template bool can_do_mlock(const World<Traced>&);

}  // namespace vmacheck
