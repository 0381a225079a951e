// One operation: a system call, a page fault or a process event, with its arguments as the caller passes them.
#pragma once

#include "model/op/flags.hpp"
#include "model/state/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

enum class OpKind : std::uint8_t {
    mmap,              // addr (hint, or exact with map::fixed), len, prot, flags, file, offset
    munmap,            // addr, len
    mprotect,          // addr, len, prot
    brk,               // addr
    madvise,           // addr, len, advice
    fault,             // addr, access: what a user access to addr does, stack growth included
    remote_access,     // target, addr, access (read, write): one process reads or writes the memory of another
    fork,              // value of the outcome: slot of the child
    exit,              // the process is gone
    split,             // addr: split_vma at a page boundary inside a VMA; not a system call, but what many do first
    mremap,            // addr, len (old), new_len, call_flags (mremap::*), new_addr
    mlock,             // addr, len, call_flags (mlock::onfault or 0): mlock and mlock2
    munlock,           // addr, len
    mlockall,          // call_flags (mcl::*)
    munlockall,        //
    reclaim,           // addr: memory pressure takes the page that is mapped there; not a system call
    truncate,          // file, len (the new size): ftruncate
    shmat,             // file (the segment), addr, call_flags (shm::*)
    shmdt,             // addr
    remap_file_pages,  // addr, len, prot, offset (pages of the file, as bytes), flags
    special_mapping,   // addr, len, prot, call_flags (special_map::*): what the kernel maps itself; not a system call
    mbind,             // addr, len, policy, call_flags (mpol_mf::*)
    uffd_register,     // uffd, addr, len, call_flags (uffd_mode::*): ioctl UFFDIO_REGISTER
    uffd_unregister,   // uffd, addr, len: ioctl UFFDIO_UNREGISTER
    uffd_close,        // uffd: the last close of the context's descriptor
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

template <class D>
struct Op {
    OpKind kind = OpKind::munmap;
    std::uint8_t process = 0;  // slot of the caller
    std::uint8_t target = 0;   // of remote_access: slot of the process whose memory it is
    Bytes<D> addr;
    Bytes<D> len;
    Prot prot = 0;
    MapFlags flags = 0;
    std::uint16_t file = 0;        // 0 none; otherwise the id of an open file (Parameters::files, from 1)
    Bytes<D> offset;               // file offset of mmap
    Bytes<D> new_len;              // of mremap
    Bytes<D> new_addr;             // of mremap: destination, or hint with dontunmap
    std::uint32_t call_flags = 0;  // flags of the calls that have their own
    std::uint16_t policy = 0;      // of mbind: 0 is MPOL_DEFAULT; equal numbers are policies of equal contents
    std::uint16_t uffd = 0;        // a userfaultfd context of the process, from 1, open from its first use on
    Advice advice = Advice::normal;
    Access access = Access::write;
    FailAlloc fail_alloc;
};

std::string_view name(OpKind kind);
std::string_view name(Access access);
std::string_view name(Advice advice);
std::string_view name(Errno error);  // "ENOMEM", "SIGSEGV", "0" for ok

}  // namespace vmacheck
