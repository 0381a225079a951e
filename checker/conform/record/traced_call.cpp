#include "checker/conform/record/traced_call.hpp"

#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>

namespace vmacheck {
namespace {

// Newer than the headers of Debian 12; numbers are those of every architecture since 5.x.
constexpr std::uint64_t nr_mseal = 462;

struct CallName {
    std::uint64_t number;
    std::string_view name;
    bool changes;  // the address space
};

constexpr CallName calls[] = {
    {SYS_mmap, "mmap", true},
    {SYS_munmap, "munmap", true},
    {SYS_mprotect, "mprotect", true},
    {SYS_brk, "brk", true},
    {SYS_madvise, "madvise", true},
    {SYS_mremap, "mremap", true},
    {SYS_mlock, "mlock", true},
    {SYS_mlock2, "mlock2", true},
    {SYS_munlock, "munlock", true},
    {SYS_mlockall, "mlockall", true},
    {SYS_munlockall, "munlockall", true},
    {SYS_remap_file_pages, "remap_file_pages", true},
    {SYS_mbind, "mbind", true},
    {SYS_mincore, "mincore", true},
    {SYS_msync, "msync", true},
    {SYS_shmat, "shmat", true},
    {SYS_shmdt, "shmdt", true},
    {SYS_pkey_mprotect, "pkey_mprotect", true},
    {nr_mseal, "mseal", true},
    {SYS_open, "open", false},
    {SYS_openat, "openat", false},
    {SYS_openat2, "openat2", false},
    {SYS_creat, "creat", false},
    {SYS_close, "close", false},
    {SYS_close_range, "close_range", false},
    {SYS_dup, "dup", false},
    {SYS_dup2, "dup2", false},
    {SYS_dup3, "dup3", false},
    {SYS_fcntl, "fcntl", false},
    {SYS_memfd_create, "memfd_create", false},
    {SYS_userfaultfd, "userfaultfd", false},
    {SYS_ioctl, "ioctl", false},
    {SYS_setrlimit, "setrlimit", false},
    {SYS_prlimit64, "prlimit64", false},
    {SYS_clone, "clone", false},
    {SYS_clone3, "clone3", false},
    {SYS_fork, "fork", false},
    {SYS_vfork, "vfork", false},
    {SYS_execve, "execve", false},
    {SYS_execveat, "execveat", false},
};

const CallName* find(std::uint64_t number) {
    const auto* found = std::find_if(std::begin(calls), std::end(calls),
                                     [number](const CallName& each) { return each.number == number; });
    return found == std::end(calls) ? nullptr : found;
}

}  // namespace

std::string_view name_of_call(std::uint64_t number) {
    const CallName* found = find(number);
    return found == nullptr ? std::string_view() : found->name;
}

bool changes_address_space(const TracedCall& call) {
    const CallName* found = find(call.number);
    return found != nullptr && found->changes;
}

bool copies_address_space(std::uint64_t number, std::uint64_t clone_flags) {
    if (number == SYS_fork) return true;
    return (number == SYS_clone || number == SYS_clone3) && (clone_flags & CLONE_VM) == 0;
}

}  // namespace vmacheck
