// What is fixed while a World runs: limits, capabilities, layout, configuration, and the files that processes have
// open. Page counts and page numbers unless a name says bytes.
#pragma once

#include "model/op/flags.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vmacheck {

inline constexpr std::uint64_t unlimited = ~std::uint64_t{0};  // RLIM_INFINITY
inline constexpr unsigned max_processes = 16;                  // slots 0..15; fork beyond them fails with EAGAIN

enum class FileKind : std::uint8_t {
    regular,     // an ordinary file: vm_ops without close, split or mremap hooks
    shmem,       // a memfd or tmpfs file, and the object behind shared anonymous memory
    dev_zero,    // private: vm_ops NULL but vm_file kept; shared: replaced by a shmem object
    with_close,  // as regular, but vm_ops->close is set, so its VMAs do not merge
    special,     // install_special_mapping (vdso): VM_DONTEXPAND, never merges; only in a starting layout
    sysv_shm,    // a System V segment: its position is what shmat names; each attachment maps its own file
    hugetlb,     // a file of hugetlbfs: whole huge pages, VM_HUGETLB and VM_DONTEXPAND, its own hooks
};

// What a file makes of MAP_SYNC, which only persistent memory can keep to.
enum class MapSync : std::uint8_t {
    by_kind,    // of a regular file: refused, as on ext4 and xfs without DAX; of any other: unknown
    unknown,    // not among mmap_supported_flags: MAP_SHARED_VALIDATE refuses it, other mappings have VM_SYNC
    refused,    // known, and refused by ->mmap of every mapping (EOPNOTSUPP)
    supported,  // known and kept to
};

// A struct file that processes hold open. Its position in Parameters::files, counted from 1, is its id in operations.
struct FileSpec {
    FileKind kind = FileKind::regular;
    std::uint32_t inode = 0;  // files with the same non-zero inode share one address_space (i_mmap)
    bool readable = true;
    bool writable = true;
    std::string name;                 // for people only
    std::uint64_t pages = unlimited;  // its size, as the last of its inode says it; unlimited: it has no end

    // What its inode and its mount refuse. All off: an ordinary file.
    bool sealed = false;          // memfd with F_SEAL_WRITE, of the inode: no shared mapping of a writable file (EPERM)
    bool sealed_future = false;   // memfd with F_SEAL_FUTURE_WRITE: no shared and writable mapping, now or by mprotect
    bool append_only = false;     // no shared mapping of a writable file (EACCES), no ftruncate (EPERM)
    bool noexec = false;          // mounted noexec: EPERM, and no VM_MAYEXEC; a segment: no right to execute (EACCES)
    bool swap_file = false;       // no shared mapping with PROT_WRITE, no smaller size, no holes (ETXTBSY)
    bool mandatory_lock = false;  // no shared mapping (EAGAIN)
    bool no_mmap = false;         // has no ->mmap (ENODEV)
    bool char_device = false;     // offsets of 64 bits instead of the 63 of a regular file
    bool no_fallocate = false;    // has no ->fallocate: no holes (EOPNOTSUPP)
    // What its ->mmap does, and the vm_ops that it sets.
    Errno mmap_error = Errno::ok;     // it fails; with mmap_file, once it has handed over
    VmFlags mmap_flags = 0;           // vm_flags it adds
    VmFlags mmap_clears = 0;          // VM_MAY* it takes away, of rights that the mapping does not have yet
    Prot mmap_forbids = 0;            // rights that it refuses (EPERM)
    MapSync sync = MapSync::by_kind;  // what it makes of VM_SYNC
    bool no_fault = false;            // vm_ops without ->fault: SIGBUS where nothing is mapped
    Errno fault_error = Errno::ok;    // vm_ops->fault fails: sigbus or enomem
    Errno mkwrite_error = Errno::ok;  // vm_ops->page_mkwrite fails: sigbus or enomem
    std::uint16_t mmap_file = 0;      // it hands over to this other open file: calls its ->mmap, puts it into vm_file
    bool arch_refuses = false;        // arch_validate_flags does not like the flags (EINVAL); never on x86
    Errno mremap_error = Errno::ok;   // vm_ops->mremap vetoes every move
    std::uint16_t granule = 1;        // pages; above 1: its VMAs begin and end at multiples, vm_ops->split sees to it
    std::uint64_t segment_pages = 1;  // of sysv_shm: its size
    bool huge_segment = false;        // of sysv_shm: SHM_HUGETLB, whole huge pages that were reserved as it was made
    bool huge_aligned = false;        // its file system places long mappings at multiples of a huge page
    friend bool operator==(const FileSpec&, const FileSpec&) = default;
};

struct Parameters {
    // layout
    std::uint64_t task_size = 0x7ffffffffULL;         // TASK_SIZE of x86-64 with 4 levels: 2^47 - 4096 bytes
    std::uint64_t mmap_base = 0x7ffff7fffULL;         // 128 MiB below the top: the least gap, no randomisation
    std::uint64_t mmap_legacy_base = 0x2aaaaaaabULL;  // task_size / 3 rounded up
    bool bottom_up = false;                           // legacy layout
    std::uint64_t mmap_min_addr = 16;                 // 64 KiB
    std::uint64_t start_brk_bytes = 0x555555559000ULL;
    std::uint64_t data_bytes = 0;  // end_data - start_data, counted against RLIMIT_DATA
    std::uint64_t stack_guard_gap = 256;
    bool stack_grows_up = false;  // CONFIG_STACK_GROWSUP (parisc): stacks are VM_GROWSUP, not VM_GROWSDOWN
    // limits
    std::uint64_t max_map_count = 65530;
    std::uint64_t rlimit_as = unlimited;
    std::uint64_t rlimit_data = unlimited;
    std::uint64_t rlimit_memlock = unlimited;
    std::uint64_t rlimit_stack = 2048;  // 8 MiB
    // commit accounting (mm/util.c __vm_enough_memory)
    unsigned overcommit_mode = 0;          // 0 guess, 1 always, 2 never
    std::uint64_t total_memory = 1 << 20;  // totalram + swap: what mode 0 compares one request with
    std::uint64_t commit_limit = 1 << 19;  // vm_commit_limit(): what mode 2 allows, before the reserves
    std::uint64_t admin_reserve = 2048;    // withheld from those without CAP_SYS_ADMIN
    std::uint64_t user_reserve = 32768;    // at most this, or total_vm / 32 of the caller
    // capabilities
    bool cap_ipc_lock = false;
    bool cap_sys_rawio = false;
    bool cap_sys_admin = false;
    bool cap_sys_nice = false;
    // configuration
    bool soft_dirty = false;         // CONFIG_MEM_SOFT_DIRTY
    bool read_implies_exec = false;  // personality
    bool endless_shared_objects =
        false;                     // shared anonymous objects have no end, instead of the size they were mapped with
    bool page_layer = true;        // false: faults give VMAs their anon_vma, but no page tables are kept
    bool file_table_full = false;  // no struct file can be made any more: ENFILE
    std::uint64_t vdso_pages = 2;  // size of the vdso image, which can only be moved whole
    std::uint64_t special_pages = unlimited;  // pages that other special mappings have: SIGBUS beyond them
    bool thp = true;                          // CONFIG_TRANSPARENT_HUGEPAGE
    bool thp_always = false;                  // transparent_hugepage/enabled is "always" instead of "madvise"
    bool thp_never = false;                   // it is "never": no fault tries a huge page
    std::uint64_t huge_page_pages = 512;      // pages in a huge page, a power of two from 2
    bool huge_pool_empty = false;  // no huge page of hugetlbfs is left that is not reserved; else always enough
    unsigned pgoff_bits = 62;      // page offsets wrap here; 64 in the kernel, where no byte offset can reach it
    // files held open
    std::vector<FileSpec> files;

    friend bool operator==(const Parameters&, const Parameters&) = default;
};

// is_file_hugepages: a file of hugetlbfs, or a segment over one.
inline bool is_file_hugepages(const FileSpec& file) {
    return file.kind == FileKind::hugetlb || (file.kind == FileKind::sysv_shm && file.huge_segment);
}

// The file that MAP_HUGETLB makes where mmap has none: no position in Parameters::files.
inline const FileSpec& anonymous_huge_file() {
    static const FileSpec file{.kind = FileKind::hugetlb};
    return file;
}

// A device, by what its mappings are: neither ftruncate nor fallocate knows what to do with it.
inline bool is_device(const FileSpec& file) {
    return file.char_device || (file.mmap_flags & (vm::io | vm::pfnmap)) != 0;
}

// What the file makes of MAP_SYNC.
inline MapSync map_sync_of(const FileSpec& file) {
    if (file.sync != MapSync::by_kind) return file.sync;
    return file.kind == FileKind::regular ? MapSync::refused : MapSync::unknown;
}

// The VM_MAY* that ->mmap takes away from a mapping with these flags. What it may do already, it may do later.
inline VmFlags rights_taken_away(const FileSpec& file, VmFlags flags) {
    return file.mmap_clears & vm::may_access & ~((flags & vm::access) << 4);
}

// Pages at whose multiples the VMAs of a file begin and end, since its driver maps so many at a time; 1: any.
inline std::uint64_t unit_pages(const Parameters& parameters, const FileSpec& file) {
    return is_file_hugepages(file) ? parameters.huge_page_pages : file.granule;
}

// Pages of a SysV segment, of huge pages whole ones.
inline std::uint64_t pages_of_segment(const Parameters& parameters, const FileSpec& segment) {
    const std::uint64_t unit = segment.huge_segment ? parameters.huge_page_pages : 1;
    return (segment.segment_pages + unit - 1) / unit * unit;
}

// How MAP_HUGETLB without a file names a size of huge pages: its logarithm in bytes, from bit 26 on; 0: the usual one.
// There is one size.
inline bool knows_huge_size(const Parameters& parameters, MapFlags flags) {
    const unsigned log = (flags >> 26) & 0x3f;
    return log == 0 || parameters.huge_page_pages << 12 == std::uint64_t{1} << log;
}

}  // namespace vmacheck
