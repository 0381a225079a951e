// The dispatch from an operation to the system call that performs it.
#include "model/ops/ops.hpp"
#include "model/state/world.hpp"

namespace vmacheck {

template <class D>
void perform(World<D>& world, const Op<D>& op, Outcome<D>& outcome) {
    const MmId mm = world.process(op.process);
    if (!mm) {
        outcome.error = Errno::esrch;
        return;
    }
    switch (op.kind) {
        case OpKind::mmap: op_mmap(world, mm, op, outcome); return;
        case OpKind::munmap: op_munmap(world, mm, op, outcome); return;
        case OpKind::mprotect: op_mprotect(world, mm, op, outcome); return;
        case OpKind::madvise: op_madvise(world, mm, op, outcome); return;
        case OpKind::brk: op_brk(world, mm, op, outcome); return;
        case OpKind::fault: op_fault(world, mm, op, outcome); return;
        case OpKind::remote_access: op_remote_access(world, mm, op, outcome); return;
        case OpKind::fork: op_fork(world, mm, op, outcome); return;
        case OpKind::exit: op_exit(world, mm, op, outcome); return;
        case OpKind::split: op_split(world, mm, op, outcome); return;
        case OpKind::mremap: op_mremap(world, mm, op, outcome); return;
        case OpKind::mlock: op_mlock(world, mm, op, outcome); return;
        case OpKind::munlock: op_munlock(world, mm, op, outcome); return;
        case OpKind::mlockall: op_mlockall(world, mm, op, outcome); return;
        case OpKind::munlockall: op_munlockall(world, mm, op, outcome); return;
        case OpKind::reclaim: op_reclaim(world, mm, op, outcome); return;
        case OpKind::truncate: op_truncate(world, mm, op, outcome); return;
        case OpKind::shmat: op_shmat(world, mm, op, outcome); return;
        case OpKind::shmdt: op_shmdt(world, mm, op, outcome); return;
        case OpKind::remap_file_pages: op_remap_file_pages(world, mm, op, outcome); return;
        case OpKind::special_mapping: op_special_mapping(world, mm, op, outcome); return;
        case OpKind::mbind: op_mbind(world, mm, op, outcome); return;
        case OpKind::uffd_register: op_uffd_register(world, mm, op, outcome); return;
        case OpKind::uffd_unregister: op_uffd_unregister(world, mm, op, outcome); return;
        case OpKind::uffd_close: op_uffd_close(world, mm, op, outcome); return;
        case OpKind::msync: op_msync(world, mm, op, outcome); return;
        case OpKind::mincore: op_mincore(world, mm, op, outcome); return;
        case OpKind::anon_name: op_anon_name(world, mm, op, outcome); return;
        case OpKind::mseal: op_mseal(world, mm, op, outcome); return;
        case OpKind::exec: op_exec(world, mm, op, outcome); return;
        case OpKind::count: break;
    }
    internal_assertion_failed("operation of no kind");
}

template void perform(World<Plain>&, const Op<Plain>&, Outcome<Plain>&);
template void perform(World<Traced>&, const Op<Traced>&, Outcome<Traced>&);

}  // namespace vmacheck
