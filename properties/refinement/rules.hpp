// The reviewed rules of the page-map specification that read more than the page map, or allow two results.
//
// clang-format off
//   rule               reads                        allows
//   injected failure   the operation's fail_alloc   ENOMEM (madvise: EAGAIN, fault in a growth: SIGSEGV), once it
//                                                   happened
//   map_count limit    the number of VMAs before    ENOMEM of a cut; of mmap and brk above the limit (required there)
//   hole punch         VMA boundaries before        munmap strictly inside one VMA at the limit must fail with ENOMEM
//   walk               VMA boundaries before        mprotect, madvise, mlock, munlock, and registering and unregistering
//                                                   with userfaultfd: each VMA's part is changed as a whole or not at all
//   split, fork        VMA boundaries before        a cut needs a VMA around it; the child has the parent's boundaries
//   RLIMIT_AS, _DATA   total_vm, data_vm before     ENOMEM of what makes pages more (or makes them data)
//   overcommit         committed memory before      ENOMEM of what is charged for
//   RLIMIT_MEMLOCK     locked_vm before             EAGAIN of mmap and of an mremap that grows locked memory, a refused
//                                                   brk or stack growth; ENOMEM of mlock, but for pages locked already,
//                                                   and of mlockall (required)
//   placement          guard gaps before            an address, or none, where a guard gap hides a fit (placement.hpp),
//                                                   or where there are more VMAs than are scanned
//   stack growth       the neighbour below, pgoff   SIGSEGV where a guard gap, a limit or the page offset is in the way
//   mremap source      VMA boundaries before        EFAULT (required) where the old range leaves the VMA it begins in, as
//                                                   they are once destination and tail are unmapped; growth in place only
//                                                   of what ends with its VMA
//   mremap map_count   the number of VMAs before    ENOMEM (required) of a move three below the limit, and of one to an
//                                                   address five below it, before anything is unmapped
//   mremap offset      the VMA's page offset        EINVAL (required) where the offsets of what is resized would wrap
//   source kept        VMA boundaries before        success of mremap with the source still mapped, where its last cut
//                                                   found no memory
//   private /dev/zero  the faulted bit before       mremap gives memory without pages the offset of its new address
//   ->split            VMA boundaries before        EINVAL (required; of mmap ENOMEM, of brk a refusal) where a cut is not at a
//                                                   multiple of what the file's driver maps in
//   ->mmap             the neighbours' flags        flags without those of ->mmap, where the mapping continues a neighbour
//                                                   that lost them
//   attachment         VMA boundaries before        shmdt: which pieces there are; remap_file_pages: what is one mapping
//   ->mremap           VMA operations before        EINVAL (required) of a vdso that would not keep its size
//   locking            rights of the pages          ENOMEM of mlock (required) with all pages marked, if some have no
//                                                   rights; EAGAIN where a page found no memory
//   lock flags         def_flags before             flags of new mappings and of the heap
//   end of a file      its size before              SIGBUS (required) of an access beyond it; ENOMEM (required) of mlock
//   ->fault            page tables before           SIGBUS or ENOMEM (required) of an access to a page that is not mapped, by
//                                                   what the file states; so ENOMEM or EAGAIN of mlock
//   huge pages         page tables before           a read of memory without pages gives it its anon_vma (required where a
//                                                   huge page fits)
//   reclaim            page tables before           EFAULT (required) where no page is; EAGAIN where locked memory maps it, or
//                                                   it was written after it was lazily freed
//   policies           VMA boundaries before        mbind: as the walk rule, but what fails after the part joined a
//                                                   neighbour with the new policy leaves it changed
//   userfaults         page tables before           SIGBUS (required of private memory) of an access to a missing page of
//                                                   a registered range; ENOMEM of mlock there
// clang-format on
//
// MREMAP_DONTUNMAP unlocks the range it moves and nothing else, which v5.10 as released does not keep to (the shipped
// faults dontunmap-locked-partial and dontunmap-locked-selfmerge).
//
// "May" rules are upper bounds of what the kernel refuses: where one applies, both results are allowed.
#pragma once

#include "properties/refinement/segments.hpp"
#include "properties/step/step_view.hpp"

#include <algorithm>

namespace vmacheck::rules {

// Whether overcommit may refuse a charge of this many pages.
template <class D>
bool commit_may_refuse(const Step<D>& step, const Number<D>& pages) {
    const Parameters& p = step.world.parameters();
    if (p.overcommit_mode == 1) return false;
    if (p.overcommit_mode == 0) return pages > p.total_memory;
    // The size of an address space lowers what it may use; total_vm may have fallen within the step, so the larger
    // share counts.
    const Mm<D>* before = step.world.before(subject(step));
    Number<D> used = step.world.globals_before().committed + pages;
    if (!p.cap_sys_admin) used += p.admin_reserve;
    const Number<D> share = before != nullptr ? quotient(before->total_vm, 32) : Number<D>(0);
    used += share < p.user_reserve ? share : Number<D>(p.user_reserve);
    return used >= p.commit_limit;
}

// Whether a resource limit may refuse this many pages more.
template <class D>
bool rlimit_may_refuse(const Step<D>& step, const Mm<D>& before, const Number<D>& pages) {
    const Parameters& p = step.world.parameters();
    if (p.rlimit_as != unlimited && before.total_vm + pages > p.rlimit_as) return true;
    return p.rlimit_data != unlimited && p.rlimit_data != 0 && before.data_vm + pages > p.rlimit_data;
}

template <class D>
bool mlock_may_refuse(const Step<D>& step, const Mm<D>& before, const Number<D>& pages) {
    const Parameters& p = step.world.parameters();
    return !p.cap_ipc_lock && p.rlimit_memlock != unlimited && before.locked_vm + pages > p.rlimit_memlock;
}

// Whether a cut of split_vma may be refused: one cut may have come before it in the same operation.
template <class D>
bool cut_may_be_refused(const Step<D>& step, const Mm<D>& before) {
    return before.map_count + std::uint64_t{1} >= step.world.parameters().max_map_count;
}

// Whether a page of this many, mapped and writable like this, is charged (accountable_mapping).
inline bool accountable(VmFlags flags) {
    return (flags & (vm::noreserve | vm::shared | vm::write)) == vm::write;
}

}  // namespace vmacheck::rules
