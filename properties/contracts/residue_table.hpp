// What a failed operation may leave behind: the reviewed table. A pair of operation and error that is not in it must
// not occur at all.
//
// Sources: v5.10 mm/mmap.c (__do_munmap, do_mmap, mmap_region, brk), mm/mprotect.c, mm/madvise.c, mm/mremap.c,
// mm/mlock.c, mm/mempolicy.c, mm/msync.c, mm/mincore.c, fs/userfaultfd.c, mm/memory.c, mm/vmscan.c, fs/open.c, kernel/fork.c, fs/exec.c, ipc/shm.c. The
// checks of arguments come before any change in all of them.
#pragma once

#include "model/op/op.hpp"
#include "model/profiles/policies.hpp"

#include <array>
#include <string_view>

namespace vmacheck {

// Effects of a step, as a set of bits.
using Effects = std::uint32_t;
namespace effect {
inline constexpr Effects none = 0;
inline constexpr Effects cut = 1 << 0;         // a VMA boundary more, at an end of the operation's range
inline constexpr Effects merged = 1 << 1;      // a boundary less, where nothing was unmapped
inline constexpr Effects flags = 1 << 2;       // pages within the range have other flags, policies or contexts
inline constexpr Effects hole = 1 << 3;        // pages within the range are no longer mapped
inline constexpr Effects grown = 1 << 4;       // a stack reaches further, up to the page named
inline constexpr Effects faulted = 1 << 5;     // a VMA has an anon_vma that had none
inline constexpr Effects chains = 1 << 6;      // anon_vmas or anon_vma_chains came or went
inline constexpr Effects charge = 1 << 7;      // committed memory changed
inline constexpr Effects pages = 1 << 8;       // page-table entries came, went, or map another page
inline constexpr Effects protected_ = 1 << 9;  // present pages lost write access
// Hardly ever allowed; separate bits so that a finding can name them.
inline constexpr Effects strayed = 1 << 10;    // a change outside the range, or of what a page is backed by
inline constexpr Effects made = 1 << 11;       // pages are mapped that were not
inline constexpr Effects moved_brk = 1 << 12;  // the break moved
inline constexpr Effects process = 1 << 13;    // a process came or went
inline constexpr Effects last = process;

// What comes with cutting a VMA in two: its pieces have a chain each.
inline constexpr Effects boundary_splits = cut | chains;
// mprotect, madvise: VMAs before the one that failed have their new flags, merged with neighbours where they fit.
inline constexpr Effects changed_prefix = boundary_splits | merged | flags | faulted | charge | protected_;
// mmap MAP_FIXED: what was there is gone, with its pages and its share of committed memory.
inline constexpr Effects lost_destination = boundary_splits | hole | pages | charge;
// Locked memory is faulted in, up to what fails.
inline constexpr Effects populated = faulted | chains | pages;
// mlock, munlock, mbind, userfaultfd: as changed_prefix, but nothing is charged for.
inline constexpr Effects locked_prefix = boundary_splits | merged | flags | faulted;
// mremap: the copy has joined its neighbours, was cut off again, and its pages are back.
inline constexpr Effects undone_move = boundary_splits | populated;
// mremap of several VMAs: those before the one that failed are at their new place, and nowhere else. What they replaced
// there is of another kind.
inline constexpr Effects moved_parts = lost_destination | undone_move | merged | flags | made | strayed;
// exec that fails too late: the process is gone.
inline constexpr Effects killed = process | strayed | pages | chains | charge;
// Growth prepares the anon_vma first, and charges committed memory for good.
inline constexpr Effects stack_grown = grown | faulted | chains | charge;
}  // namespace effect

struct Residue {
    OpKind op;
    Errno error;  // ok: brk, which reports failure by returning the old break
    Effects allowed;
    Effects fixed;  // also allowed with MAP_FIXED or MREMAP_FIXED; of a fault, where userfaultfd was asked in vain
    const char* because;
    Effects hooked = effect::none;  // also allowed where a hook of a file may have refused
    bool hook_alone = false;        // nothing but a hook gives this error
};

inline constexpr std::array residue_table{
    // clang-format off
    Residue{OpKind::mmap, Errno::einval, effect::none, effect::none, "arguments; a ->mmap that does not like the range", effect::lost_destination},
    Residue{OpKind::mmap, Errno::ebadf, effect::none, effect::none, "the file is looked up first"},
    Residue{OpKind::mmap, Errno::eoverflow, effect::none, effect::none, "arguments"},
    Residue{OpKind::mmap, Errno::eperm, effect::none, effect::none, "an address below mmap_min_addr, no right to lock, noexec; mseal; a seal of the file; rights that ->mmap refuses", effect::lost_destination},
    Residue{OpKind::mmap, Errno::eexist, effect::none, effect::none, "MAP_FIXED_NOREPLACE"},
    Residue{OpKind::mmap, Errno::eagain, effect::none, effect::none, "RLIMIT_MEMLOCK, a mandatory lock; ->mmap", effect::lost_destination},
    Residue{OpKind::mmap, Errno::eopnotsupp, effect::none, effect::none, "MAP_SHARED_VALIDATE with a flag it does not know; MAP_SYNC, refused by ->mmap", effect::lost_destination},
    Residue{OpKind::mmap, Errno::eacces, effect::none, effect::none, "how the file was opened, append-only; ->mmap", effect::lost_destination},
    Residue{OpKind::mmap, Errno::enodev, effect::none, effect::none, "a file that cannot be mapped; ->mmap", effect::lost_destination},
    Residue{OpKind::mmap, Errno::etxtbsy, effect::none, effect::none, "a swap file"},
    Residue{OpKind::mmap, Errno::enospc, effect::none, effect::lost_destination, "no inode for a shared object"},
    Residue{OpKind::mmap, Errno::enfile, effect::none, effect::lost_destination, "no file for a shared object"},
    Residue{OpKind::mmap, Errno::enomem, effect::none, effect::lost_destination, "mmap_region unmaps before it charges and allocates"},
    Residue{OpKind::munmap, Errno::einval, effect::none, effect::none, "arguments; a second cut that ->split refuses", effect::boundary_splits},
    Residue{OpKind::munmap, Errno::eperm, effect::boundary_splits, effect::none, "mseal; a cut at the start of the range stays"},
    Residue{OpKind::munmap, Errno::enomem, effect::boundary_splits, effect::none, "the first of two cuts stays"},
    Residue{OpKind::mprotect, Errno::einval, effect::none, effect::none, "arguments, PROT_GROWSDOWN or _GROWSUP where no such stack is, or a cut that ->split refuses", effect::changed_prefix | effect::populated},
    Residue{OpKind::mprotect, Errno::enomem, effect::changed_prefix | effect::populated, effect::none, "a hole, a limit or memory stops the walk"},
    Residue{OpKind::mprotect, Errno::eacces, effect::changed_prefix | effect::populated, effect::none, "a refused VMA stops the walk"},
    Residue{OpKind::mprotect, Errno::eperm, effect::changed_prefix | effect::populated, effect::none, "mseal stops the walk"},
    Residue{OpKind::madvise, Errno::einval, effect::changed_prefix | effect::pages, effect::none, "arguments, or a VMA not made for the advice"},
    Residue{OpKind::madvise, Errno::eacces, effect::pages, effect::none, "REMOVE of what is not shared and writable"},
    Residue{OpKind::madvise, Errno::eperm, effect::changed_prefix | effect::pages, effect::none, "mseal: what cannot be written is not discarded"},
    Residue{OpKind::madvise, Errno::efault, effect::populated, effect::none, "POPULATE beyond the end of a file, of a guard page, or where userfaultfd watches"},
    Residue{OpKind::madvise, Errno::etxtbsy, effect::pages, effect::none, "REMOVE of a swap file"},
    Residue{OpKind::madvise, Errno::enodev, effect::pages, effect::none, "REMOVE of a device"},
    Residue{OpKind::madvise, Errno::eopnotsupp, effect::pages, effect::none, "REMOVE of a file that makes no holes"},
    Residue{OpKind::madvise, Errno::enomem, effect::changed_prefix | effect::pages, effect::none, "a hole, reported at the end; the map_count limit; no memory for guard pages"},
    Residue{OpKind::madvise, Errno::eagain, effect::changed_prefix, effect::none, "no memory for a cut, or for ksmd to know the process"},
    Residue{OpKind::brk, Errno::ok, effect::boundary_splits, effect::none, "a shrink cuts like munmap; a refused growth leaves nothing"},
    Residue{OpKind::fault, Errno::sigsegv, effect::stack_grown, effect::none, "growth comes before the check of rights"},
    Residue{OpKind::fault, Errno::sigbus, effect::faulted | effect::chains, effect::stack_grown, "beyond the end of the file, or a missing page of a registered range, with the anon_vma prepared; shared memory without an object"},
    Residue{OpKind::fault, Errno::enomem, effect::stack_grown | effect::pages, effect::none, "the anon_vma is prepared before the page is allocated; a page is swapped in before it is copied"},
    Residue{OpKind::remote_access, Errno::efault, effect::stack_grown | effect::populated, effect::none, "growth comes before the check of rights; no memory; beyond the end of the file"},
    Residue{OpKind::fork, Errno::eagain, effect::none, effect::none, "no process slot is free"},
    Residue{OpKind::fork, Errno::enomem, effect::protected_, effect::none, "the child is torn down; pages shared with it stay read-only"},
    Residue{OpKind::split, Errno::einval, effect::none, effect::none, "arguments; ->split refuses"},
    Residue{OpKind::split, Errno::efault, effect::none, effect::none, "no VMA there"},
    Residue{OpKind::split, Errno::enomem, effect::none, effect::none, "a cut is all or nothing"},
    Residue{OpKind::mremap, Errno::einval, effect::none, effect::lost_destination, "arguments; a source that may not be copied, kept or cut; ->mremap", effect::undone_move},
    Residue{OpKind::mremap, Errno::efault, effect::none, effect::lost_destination, "no VMA around the source, or one that may not grow"},
    Residue{OpKind::mremap, Errno::eagain, effect::none, effect::lost_destination, "RLIMIT_MEMLOCK; ->mremap", effect::undone_move},
    Residue{OpKind::mremap, Errno::eperm, effect::boundary_splits, effect::lost_destination, "an address below mmap_min_addr; mseal; ->mremap", effect::undone_move},
    Residue{OpKind::mremap, Errno::enomem, effect::undone_move, effect::lost_destination, "limits, no place, or no memory for a cut or the copy"},
    Residue{OpKind::mlock, Errno::einval, effect::none, effect::none, "flags, or a range that wraps"},
    Residue{OpKind::mlock, Errno::eperm, effect::none, effect::none, "RLIMIT_MEMLOCK is 0"},
    Residue{OpKind::mlock, Errno::enomem, effect::locked_prefix | effect::populated, effect::none, "a hole, a limit or memory stops the walk; pages without access"},
    Residue{OpKind::mlock, Errno::eagain, effect::locked_prefix | effect::populated, effect::none, "no memory to fault a page in; all is marked"},
    Residue{OpKind::munlock, Errno::einval, effect::none, effect::none, "a range that wraps"},
    Residue{OpKind::munlock, Errno::enomem, effect::locked_prefix, effect::none, "a hole, a limit or memory stops the walk"},
    Residue{OpKind::mlockall, Errno::einval, effect::none, effect::none, "flags"},
    Residue{OpKind::mlockall, Errno::eperm, effect::none, effect::none, "RLIMIT_MEMLOCK is 0"},
    Residue{OpKind::mlockall, Errno::enomem, effect::none, effect::none, "RLIMIT_MEMLOCK"},
    Residue{OpKind::reclaim, Errno::einval, effect::none, effect::none, "arguments"},
    Residue{OpKind::reclaim, Errno::efault, effect::none, effect::none, "no page is present"},
    Residue{OpKind::reclaim, Errno::eagain, effect::pages, effect::none, "the page stays where it is locked or was written again; entries met before are gone"},
    Residue{OpKind::reclaim, Errno::enomem, effect::none, effect::none, "no slot of swap space"},
    Residue{OpKind::truncate, Errno::einval, effect::none, effect::none, "arguments, or a file that cannot be truncated"},
    Residue{OpKind::truncate, Errno::ebadf, effect::none, effect::none, "no such file"},
    Residue{OpKind::truncate, Errno::eperm, effect::none, effect::none, "an append-only file"},
    Residue{OpKind::truncate, Errno::etxtbsy, effect::none, effect::none, "a swap file, which may only grow"},
    Residue{OpKind::mremap, Errno::eacces, effect::none, effect::lost_destination, "->mremap", effect::undone_move, true},
    Residue{OpKind::mremap, Errno::enodev, effect::none, effect::lost_destination, "->mremap", effect::undone_move, true},
    Residue{OpKind::shmat, Errno::einval, effect::none, effect::none, "no such segment; an address that is not aligned, or not free"},
    Residue{OpKind::shmat, Errno::eacces, effect::none, effect::none, "the rights of the segment"},
    Residue{OpKind::shmat, Errno::enfile, effect::none, effect::none, "no file for the attachment"},
    Residue{OpKind::shmat, Errno::eperm, effect::none, effect::none, "an address below mmap_min_addr"},
    Residue{OpKind::shmat, Errno::eagain, effect::none, effect::none, "RLIMIT_MEMLOCK, where mlockall locks what comes"},
    Residue{OpKind::shmat, Errno::enomem, effect::none, effect::lost_destination, "no place, or no memory; SHM_REMAP unmaps first"},
    Residue{OpKind::shmdt, Errno::einval, effect::none, effect::none, "not aligned, or nothing attached there"},
    Residue{OpKind::remap_file_pages, Errno::einval, effect::none, effect::none, "arguments; not one shared file; ->mmap", effect::lost_destination},
    Residue{OpKind::remap_file_pages, Errno::eperm, effect::none, effect::none, "no right to lock; rights that ->mmap refuses", effect::lost_destination},
    Residue{OpKind::remap_file_pages, Errno::eagain, effect::none, effect::none, "RLIMIT_MEMLOCK counts the range twice"},
    Residue{OpKind::remap_file_pages, Errno::etxtbsy, effect::none, effect::none, "a swap file, made writable by mprotect"},
    Residue{OpKind::remap_file_pages, Errno::eoverflow, effect::none, effect::none, "the offset"},
    Residue{OpKind::remap_file_pages, Errno::enomem, effect::none, effect::lost_destination, "the map_count limit, or no memory"},
    Residue{OpKind::special_mapping, Errno::einval, effect::none, effect::none, "a place that the search does not choose"},
    Residue{OpKind::special_mapping, Errno::enomem, effect::none, effect::none, "something is there; no memory"},
    Residue{OpKind::mbind, Errno::einval, effect::none, effect::none, "arguments; a cut that ->split refuses", effect::locked_prefix},
    Residue{OpKind::mbind, Errno::eperm, effect::none, effect::none, "MPOL_MF_MOVE_ALL"},
    Residue{OpKind::mbind, Errno::efault, effect::none, effect::none, "holes are looked for before anything is changed"},
    Residue{OpKind::mbind, Errno::enomem, effect::locked_prefix, effect::none, "the map_count limit, or no memory for a cut or a policy"},
    Residue{OpKind::uffd_register, Errno::ebadf, effect::none, effect::none, "no context"},
    Residue{OpKind::uffd_register, Errno::einval, effect::none, effect::none, "arguments, nothing mapped, or memory that cannot be registered"},
    Residue{OpKind::uffd_register, Errno::eperm, effect::none, effect::none, "memory that may not be written"},
    Residue{OpKind::uffd_register, Errno::ebusy, effect::none, effect::none, "registered with another context"},
    Residue{OpKind::uffd_register, Errno::enomem, effect::locked_prefix, effect::none, "nothing mapped above; the map_count limit, or no memory for a cut"},
    Residue{OpKind::uffd_unregister, Errno::ebadf, effect::none, effect::none, "no context"},
    Residue{OpKind::uffd_unregister, Errno::einval, effect::none, effect::none, "arguments, nothing mapped, or memory that cannot be registered; a cut that ->split refuses", effect::locked_prefix},
    Residue{OpKind::uffd_unregister, Errno::enomem, effect::locked_prefix, effect::none, "nothing mapped above; the map_count limit, or no memory for a cut"},
    Residue{OpKind::uffd_close, Errno::ebadf, effect::none, effect::none, "no context"},
    Residue{OpKind::msync, Errno::einval, effect::none, effect::none, "arguments"},
    Residue{OpKind::msync, Errno::ebusy, effect::none, effect::none, "MS_INVALIDATE of locked memory"},
    Residue{OpKind::msync, Errno::enomem, effect::none, effect::none, "a range that wraps; a hole, reported at the end"},
    Residue{OpKind::mincore, Errno::einval, effect::none, effect::none, "an address off a page"},
    Residue{OpKind::mincore, Errno::enomem, effect::none, effect::none, "a range beyond the address space; a hole"},
    Residue{OpKind::anon_name, Errno::einval, effect::none, effect::none, "no such option, or the range"},
    Residue{OpKind::anon_name, Errno::ebadf, effect::locked_prefix, effect::none, "a VMA with a file stops the walk"},
    Residue{OpKind::anon_name, Errno::enomem, effect::locked_prefix, effect::none, "a hole, reported at the end"},
    Residue{OpKind::anon_name, Errno::eagain, effect::locked_prefix, effect::none, "the map_count limit, or no memory for a cut"},
    Residue{OpKind::mseal, Errno::einval, effect::none, effect::none, "no such call, or the range; a cut that ->split refuses", effect::locked_prefix},
    Residue{OpKind::mseal, Errno::enomem, effect::locked_prefix, effect::none, "a hole, looked for first; the map_count limit, or no memory for a cut"},
    Residue{OpKind::exec, Errno::einval, effect::none, effect::none, "a place above the address space, unknown rights, or stacks that grow up"},
    Residue{OpKind::exec, Errno::enomem, effect::none, effect::none, "no memory for the address space or its stack, which is charged for"},
    Residue{OpKind::exec, Errno::e2big, effect::none, effect::none, "strings that are too long; limits and memory that they meet"},
    Residue{OpKind::exec, Errno::sigsegv, effect::killed, effect::none, "the stack does not fit or cannot move, and the old address space is gone"},
    // clang-format on
};

// What a kernel must have so that an operation ends so: "mseal"; empty: it does, or every kernel has it.
std::string_view missing_for(const Policies& policies, OpKind op, Errno error);

}  // namespace vmacheck
