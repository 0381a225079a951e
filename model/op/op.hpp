// One operation: a system call, a page fault or a process event, with its arguments as the caller passes them.
#pragma once

#include "model/op/flags.hpp"
#include "model/state/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// What each stands for and which arguments it has: op_table.cpp.
enum class OpKind : std::uint8_t {
    mmap,
    munmap,
    mprotect,
    brk,
    madvise,
    fault,          // what a user access does, stack growth included
    remote_access,  // one process reads or writes the memory of another
    fork,           // value of the outcome: slot of the child
    exit,           // the process ends
    split,          // split_vma at a page boundary inside a VMA; not a system call, but what many do first
    mremap,
    mlock,
    munlock,
    mlockall,
    munlockall,
    reclaim,  // memory pressure takes a page that is mapped; not a system call
    truncate,
    shmat,
    shmdt,
    remap_file_pages,
    special_mapping,  // what the kernel maps itself; not a system call
    mbind,
    uffd_register,
    uffd_unregister,
    uffd_close,
    msync,
    mincore,
    anon_name,
    mseal,  // since 6.10
    exec,   // the process gets a new address space with the stack of a new program
    count,
};

enum class Access : std::uint8_t { read, write, exec };

// Kinds of allocations, as a failure is aimed at them.
enum class AllocKind : std::uint8_t { any, vma, anon_vma, avc, mm, file, page, page_table, inode, policy, mm_slot };

// Every allocation the modelled code makes, in no particular order; the events of a step name them.
enum class AllocSite : std::uint8_t {
    mmap_region_vma,
    do_brk_flags_vma,
    split_vma_vma,
    anon_vma_clone_avc,
    anon_vma_prepare_avc,
    anon_vma_prepare_anon_vma,
    anon_vma_fork_anon_vma,
    anon_vma_fork_avc,
    dup_mm_mm,
    dup_mmap_vma,
    shmem_zero_setup_file,
    copy_vma_vma,
    move_page_tables_page_table,  // a page table at the destination of mremap
    copy_page_range_page_table,
    fault_page_table,
    fault_page,
    cow_page,
    swap_in_page,
    add_to_swap_slot,  // a slot of swap space, of kind page
    shmem_get_inode,   // of a shared anonymous object: ENOSPC
    shmat_file,        // the file of an attachment, and its shm_file_data
    special_mapping_vma,
    mpol_new_policy,
    vma_replace_policy_policy,  // mpol_dup, and so are the following
    split_vma_policy,
    copy_vma_policy,
    dup_mmap_policy,
    ksm_enter_mm_slot,  // the first MADV_MERGEABLE of a process
    ksm_fork_mm_slot,
    bprm_mm_init_mm,
    bprm_mm_init_vma,
    count,
};

AllocKind kind(AllocSite site);
std::string_view name(AllocSite site);
std::string_view name(AllocKind kind);

// The nth allocation (from 1) of the kind within the operation fails; nth 0: none does.
struct FailAlloc {
    AllocKind kind = AllocKind::any;
    std::uint16_t nth = 0;
    friend bool operator==(const FailAlloc&, const FailAlloc&) = default;
};

// What another task does meanwhile: a user access, or memory pressure on a page. It does so at the nth place (from 1) at
// which the operation has let go of a lock that kept it out (World::let_others_run). nth 0: nothing.
struct Meanwhile {
    std::uint16_t nth = 0;
    OpKind kind = OpKind::fault;    // or reclaim
    std::uint8_t process = 0;       // slot; that of the operation's caller: another thread of it
    Access access = Access::write;  // of a fault
    std::uint64_t addr = 0;         // bytes
    friend bool operator==(const Meanwhile&, const Meanwhile&) = default;
};

template <class D>
struct Op {
    OpKind kind = OpKind::munmap;
    std::uint8_t process = 0;  // slot of the caller
    std::uint8_t target = 0;   // of remote_access: slot of the process whose memory it is
    Bytes<D> addr;
    Bytes<D> len;
    Prot prot = 0;  // of exec: what PT_GNU_STACK says of the stack; 0: nothing
    MapFlags flags = 0;
    std::uint16_t file = 0;        // 0 none; otherwise the id of an open file (Parameters::files, from 1)
    Bytes<D> offset;               // file offset of mmap
    Bytes<D> new_len;              // of mremap
    Bytes<D> new_addr;             // of mremap: destination, or hint with dontunmap
    std::uint32_t call_flags = 0;  // flags of the calls that have their own
    std::uint16_t policy = 0;      // of mbind: 0 is MPOL_DEFAULT; equal numbers are policies of equal contents
    std::uint16_t uffd = 0;        // a userfaultfd context of the process, from 1, open from its first use on
    std::uint16_t name = 0;        // of anon_name: equal numbers are equal names, 0 is none
    Advice advice = Advice::normal;
    Access access = Access::write;
    FailAlloc fail_alloc;
    Meanwhile meanwhile;
};

// It as an operation.
template <class D>
Op<D> operation_of(const Meanwhile& meanwhile) {
    Op<D> op;
    op.kind = meanwhile.kind;
    op.process = meanwhile.process;
    op.addr = Bytes<D>::from(meanwhile.addr);
    op.access = meanwhile.access;
    return op;
}

std::string_view name(OpKind kind);
std::string_view name(Access access);
std::string_view name(Advice advice);
std::string_view name(Errno error);  // "ENOMEM", "SIGSEGV", "0" for ok

}  // namespace vmacheck
