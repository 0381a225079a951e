// The operations, one file each, and the dispatch between them.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Performs op on the world; sets error, value and events of the outcome. Called by World::apply.
template <class D>
void perform(World<D>& world, const Op<D>& op, Outcome<D>& outcome);

// Each sets outcome.error and, where the call returns something, outcome.value.
template <class D>
void op_mmap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_munmap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_mprotect(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_madvise(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_brk(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_fault(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
// mm is the accessor's.
template <class D>
void op_remote_access(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_fork(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_exit(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_split(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_mremap(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_mlock(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_munlock(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_mlockall(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_shmat(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_shmdt(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_remap_file_pages(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_special_mapping(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_munlockall(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_reclaim(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_truncate(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_mbind(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_uffd_register(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_uffd_unregister(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_uffd_close(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_msync(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_mincore(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_anon_name(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_mseal(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);
template <class D>
void op_exec(World<D>& world, MmId mm, const Op<D>& op, Outcome<D>& outcome);

}  // namespace vmacheck
