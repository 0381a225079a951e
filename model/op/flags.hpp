// vm_flags bits as of v5.10 (include/linux/mm.h), those of later kernels above 2^32, and the arguments of system calls that become them.
#pragma once

#include <cstdint>

namespace vmacheck {

using VmFlags = std::uint64_t;

namespace vm {
inline constexpr VmFlags read = 0x1;
inline constexpr VmFlags write = 0x2;
inline constexpr VmFlags exec = 0x4;
inline constexpr VmFlags shared = 0x8;
inline constexpr VmFlags may_read = 0x10;
inline constexpr VmFlags may_write = 0x20;
inline constexpr VmFlags may_exec = 0x40;
inline constexpr VmFlags may_share = 0x80;
inline constexpr VmFlags growsdown = 0x100;
inline constexpr VmFlags uffd_missing = 0x200;
inline constexpr VmFlags pfnmap = 0x400;
inline constexpr VmFlags uffd_wp = 0x1000;
inline constexpr VmFlags locked = 0x2000;
inline constexpr VmFlags io = 0x4000;
inline constexpr VmFlags seq_read = 0x8000;
inline constexpr VmFlags rand_read = 0x10000;
inline constexpr VmFlags dontcopy = 0x20000;
inline constexpr VmFlags dontexpand = 0x40000;
inline constexpr VmFlags lockonfault = 0x80000;
inline constexpr VmFlags account = 0x100000;
inline constexpr VmFlags noreserve = 0x200000;
inline constexpr VmFlags sync = 0x800000;
inline constexpr VmFlags hugetlb = 0x400000;
inline constexpr VmFlags growsup = 0x1000000;  // VM_ARCH_1, on architectures whose stacks grow up
inline constexpr VmFlags wipeonfork = 0x2000000;
inline constexpr VmFlags dontdump = 0x4000000;
inline constexpr VmFlags softdirty = 0x8000000;
inline constexpr VmFlags mixedmap = 0x10000000;
inline constexpr VmFlags hugepage = 0x20000000;
inline constexpr VmFlags nohugepage = 0x40000000;
inline constexpr VmFlags mergeable = 0x80000000;
inline constexpr VmFlags droppable = VmFlags{1} << 40;    // MAP_DROPPABLE, since 6.11
inline constexpr VmFlags maybe_guard = VmFlags{1} << 41;  // MADV_GUARD_INSTALL, since 6.19; there bit 11
inline constexpr VmFlags sealed = VmFlags{1} << 42;       // mseal, since 6.10

inline constexpr VmFlags access = read | write | exec;
inline constexpr VmFlags may_access = may_read | may_write | may_exec;
inline constexpr VmFlags special = io | dontexpand | pfnmap | mixedmap;  // VM_SPECIAL: never merged
inline constexpr VmFlags sticky = softdirty | maybe_guard;          // VM_STICKY: VMAs that differ in these alone merge
inline constexpr VmFlags uffd = uffd_missing | uffd_wp;             // a registration with a userfaultfd context
inline constexpr VmFlags data_default = read | write | may_access;  // VM_DATA_DEFAULT_FLAGS on x86
}  // namespace vm

// PROT_* arguments; the access bits have the values of vm::read, vm::write and vm::exec.
using Prot = std::uint32_t;
namespace prot {
inline constexpr Prot none = 0;
inline constexpr Prot read = 0x1;
inline constexpr Prot write = 0x2;
inline constexpr Prot exec = 0x4;
inline constexpr Prot sem = 0x8;
inline constexpr Prot growsdown = 0x01000000;
inline constexpr Prot growsup = 0x02000000;
}  // namespace prot

// MAP_* arguments of mmap(2) on x86-64.
using MapFlags = std::uint32_t;
namespace map {
inline constexpr MapFlags shared = 0x1;
inline constexpr MapFlags private_ = 0x2;
inline constexpr MapFlags shared_validate = 0x3;
inline constexpr MapFlags droppable = 0x8;  // since 6.11
inline constexpr MapFlags type_mask = 0xf;
inline constexpr MapFlags fixed = 0x10;
inline constexpr MapFlags anonymous = 0x20;
inline constexpr MapFlags bit32 = 0x40;
inline constexpr MapFlags growsdown = 0x100;
inline constexpr MapFlags denywrite = 0x800;
inline constexpr MapFlags executable = 0x1000;
inline constexpr MapFlags locked = 0x2000;
inline constexpr MapFlags noreserve = 0x4000;
inline constexpr MapFlags populate = 0x8000;
inline constexpr MapFlags nonblock = 0x10000;
inline constexpr MapFlags stack = 0x20000;
inline constexpr MapFlags hugetlb = 0x40000;
inline constexpr MapFlags sync = 0x80000;
inline constexpr MapFlags fixed_noreplace = 0x100000;
inline constexpr MapFlags uninitialized = 0x4000000;
inline constexpr MapFlags huge_2mb = 21u << 26;
inline constexpr MapFlags huge_1gb = 30u << 26;
// LEGACY_MAP_MASK: what MAP_SHARED_VALIDATE accepts from an ordinary file (sync only where the file supports it).
inline constexpr MapFlags legacy_mask = shared | private_ | fixed | anonymous | denywrite | executable | growsdown |
                                        locked | noreserve | populate | nonblock | stack | hugetlb | bit32 |
                                        uninitialized | huge_2mb | huge_1gb;
}  // namespace map

// Flags of mremap(2), mlock2(2), mlockall(2), mbind(2) and msync(2), and modes of UFFDIO_REGISTER.
namespace mremap {
inline constexpr std::uint32_t maymove = 1;
inline constexpr std::uint32_t fixed = 2;
inline constexpr std::uint32_t dontunmap = 4;
}  // namespace mremap
namespace mlock {
inline constexpr std::uint32_t onfault = 1;
}  // namespace mlock
namespace mcl {
inline constexpr std::uint32_t current = 1;
inline constexpr std::uint32_t future = 2;
inline constexpr std::uint32_t onfault = 4;
}  // namespace mcl
namespace mpol_mf {
inline constexpr std::uint32_t strict = 1;
inline constexpr std::uint32_t move = 2;
inline constexpr std::uint32_t move_all = 4;
inline constexpr std::uint32_t valid = strict | move | move_all;
}  // namespace mpol_mf
namespace ms {
inline constexpr std::uint32_t async = 1;
inline constexpr std::uint32_t invalidate = 2;
inline constexpr std::uint32_t sync = 4;
inline constexpr std::uint32_t valid = async | invalidate | sync;
}  // namespace ms
namespace uffd_mode {
inline constexpr std::uint32_t missing = 1;
inline constexpr std::uint32_t wp = 2;
}  // namespace uffd_mode

// Flags of shmat(2).
namespace shm {
inline constexpr std::uint32_t rdonly = 010000;
inline constexpr std::uint32_t rnd = 020000;
inline constexpr std::uint32_t remap = 040000;
inline constexpr std::uint32_t exec = 0100000;
}  // namespace shm

// What the installer of a special mapping asks for.
namespace special_map {
inline constexpr std::uint32_t vdso = 1;     // with the vdso's ->mremap
inline constexpr std::uint32_t account = 2;  // VM_ACCOUNT
}  // namespace special_map

// Advices of madvise(2).
enum class Advice : std::uint8_t {
    normal,
    random,
    sequential,
    dontfork,
    dofork,
    wipeonfork,
    keeponfork,
    dontdump,
    dodump,
    dontneed,
    free,
    remove,
    cold,
    pageout,
    willneed,
    mergeable,
    unmergeable,
    hugepage,
    nohugepage,
    populate_read,    // since 5.14
    populate_write,   // since 5.14
    dontneed_locked,  // since 5.18
    guard_install,    // since 6.13
    guard_remove,     // since 6.13
};

inline constexpr Advice last_advice = Advice::guard_remove;

// Whether the advice faults pages in.
constexpr bool populates(Advice advice) {
    return advice == Advice::populate_read || advice == Advice::populate_write;
}

// Whether the advice makes guard pages, or takes them away.
constexpr bool about_guards(Advice advice) {
    return advice == Advice::guard_install || advice == Advice::guard_remove;
}

// Whether the advice acts on pages and leaves the VMAs as they are, but for VM_MAYBE_GUARD; the others change vm_flags.
constexpr bool acts_on_pages(Advice advice) {
    switch (advice) {
        case Advice::dontneed:
        case Advice::free:
        case Advice::remove:
        case Advice::cold:
        case Advice::pageout:
        case Advice::willneed:
        case Advice::populate_read:
        case Advice::populate_write:
        case Advice::dontneed_locked:
        case Advice::guard_install:
        case Advice::guard_remove: return true;
        default: return false;
    }
}

// How a system call ended: 0, an errno, or the signal a fault raises.
enum class Errno : std::uint8_t {
    ok,
    eperm,
    eintr,
    e2big,
    ebadf,
    eagain,
    enomem,
    eacces,
    efault,
    ebusy,
    eexist,
    enodev,
    einval,
    enfile,
    etxtbsy,
    enospc,
    eoverflow,
    eopnotsupp,
    esrch,
    sigsegv,
    sigbus,
};

}  // namespace vmacheck
