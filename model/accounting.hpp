// Page counters, resource limits and the commit charge (v5.10 mm/mmap.c may_expand_vm and vm_stat_account, mm/util.c
// __vm_enough_memory, mm/internal.h is_exec_mapping and siblings).
#pragma once

#include "model/state/world.hpp"
#include "model/vm_class.hpp"

namespace vmacheck {

// Whether the address space may grow by this many pages of this kind (RLIMIT_AS, RLIMIT_DATA).
template <class D>
bool may_expand_vm(const World<D>& world, MmId mm, VmFlags flags, const Number<D>& pages);

// vm_stat_account: counts pages of this kind into (more) or out of the address space.
template <class D>
void vm_stat_account(World<D>& world, MmId mm, VmFlags flags, const Number<D>& pages, bool more);

// Counts locked pages into (more) or out of the address space.
template <class D>
void count_locked(World<D>& world, MmId mm, const Number<D>& pages, bool more);

// A count of pages as a C int holds it: modulo 2^32, and from 2^31 on negative. What some faults count by.
template <class D>
struct IntPages {
    Number<D> pages;
    bool negative;
};
template <class D>
IntPages<D> as_int(const Number<D>& pages);
// The same negated; the least int is its own negation.
template <class D>
IntPages<D> negated(const IntPages<D>& count);

// security_vm_enough_memory_mm: charges the pages if the overcommit mode allows it. ok or enomem.
template <class D>
Errno charge_commit(World<D>& world, MmId mm, const Number<D>& pages);
// vm_unacct_memory. Takes back more than is charged where a bug made it so.
template <class D>
void uncharge_commit(World<D>& world, const Number<D>& pages);
// vm_acct_memory: charges without asking.
template <class D>
void charge_commit_unchecked(World<D>& world, const Number<D>& pages);

// accountable_mapping: private, writable, and reserve wanted.
template <class D>
bool accountable_mapping(const File<D>* file, VmFlags flags);

// mlock_future_check: would `pages` more locked pages pass RLIMIT_MEMLOCK? Asked only where flags has VM_LOCKED.
template <class D>
bool mlock_limit_allows(const World<D>& world, MmId mm, VmFlags flags, const Number<D>& pages);

// can_do_mlock.
template <class D>
bool can_do_mlock(const World<D>& world);

}  // namespace vmacheck
