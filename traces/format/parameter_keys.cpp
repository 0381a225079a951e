#include "traces/format/parameter_keys.hpp"

#include <array>

namespace vmacheck {
namespace {

using P = Parameters;

// Large enough for every 64-bit address space, small enough that sums of a few stay far from 2^64.
constexpr std::uint64_t most_pages = std::uint64_t{1} << 52;

constexpr auto keys = std::to_array<ParameterKey>({
    {"task_size", &P::task_size, 1, most_pages - 1},
    {"mmap_base", &P::mmap_base, 0, most_pages - 1},
    {"mmap_legacy_base", &P::mmap_legacy_base, 0, most_pages - 1},
    {"bottom_up", &P::bottom_up},
    {"mmap_min_addr", &P::mmap_min_addr, 0, most_pages - 1},
    {"start_brk_bytes", &P::start_brk_bytes, 0, ~std::uint64_t{0} >> 1},
    {"data_bytes", &P::data_bytes, 0, ~std::uint64_t{0} >> 1},
    {"stack_guard_gap", &P::stack_guard_gap, 0, most_pages},
    {"stack_grows_up", &P::stack_grows_up},
    {"max_map_count", &P::max_map_count, 0, 0x7fffffff},
    {"rlimit_as", &P::rlimit_as, 0, most_pages, true},
    {"rlimit_data", &P::rlimit_data, 0, most_pages, true},
    {"rlimit_memlock", &P::rlimit_memlock, 0, most_pages, true},
    {"rlimit_stack", &P::rlimit_stack, 0, most_pages, true},
    {"overcommit_mode", &P::overcommit_mode, 0, 2},
    {"total_memory", &P::total_memory, 0, most_pages},
    {"commit_limit", &P::commit_limit, 0, most_pages},
    {"admin_reserve", &P::admin_reserve, 0, most_pages},
    {"user_reserve", &P::user_reserve, 0, most_pages},
    {"cap_ipc_lock", &P::cap_ipc_lock},
    {"cap_sys_rawio", &P::cap_sys_rawio},
    {"cap_sys_admin", &P::cap_sys_admin},
    {"cap_sys_nice", &P::cap_sys_nice},
    {"soft_dirty", &P::soft_dirty},
    {"read_implies_exec", &P::read_implies_exec},
    {"endless_shared_objects", &P::endless_shared_objects},
    {"thp", &P::thp},
    {"thp_always", &P::thp_always},
    {"thp_never", &P::thp_never},
    {"huge_pool_empty", &P::huge_pool_empty},
    {"huge_page_pages", &P::huge_page_pages, 2, std::uint64_t{1} << 18},
    {"page_layer", &P::page_layer},
    {"file_table_full", &P::file_table_full},
    {"vdso_pages", &P::vdso_pages, 1, most_pages},
    {"special_pages", &P::special_pages, 1, most_pages, true},
    {"pgoff_bits", &P::pgoff_bits, 1, 62},
});

}  // namespace

std::span<const ParameterKey> parameter_keys() {
    return keys;
}

std::string contradiction(const Parameters& parameters) {
    if (parameters.mmap_base > parameters.task_size || parameters.mmap_legacy_base > parameters.task_size)
        return "mmap_base and mmap_legacy_base must not exceed task_size; state both with a smaller task_size";
    if ((parameters.huge_page_pages & (parameters.huge_page_pages - 1)) != 0)
        return "huge_page_pages must be a power of two";
    if (parameters.thp_always && parameters.thp_never) return "thp_always and thp_never cannot both be true";
    // The offset of private anonymous memory is where it lies.
    if (parameters.task_size > std::uint64_t{1} << parameters.pgoff_bits)
        return "task_size must not exceed 2^pgoff_bits; state a smaller one with narrow page offsets";
    return {};
}

namespace {

// Whether something is said of a driver: its ->mmap, its vm_ops, or that it lacks one of them.
bool hooked(const FileSpec& file) {
    const bool mmap = file.mmap_error != Errno::ok || file.mmap_flags != 0 || file.mmap_clears != 0 ||
                      file.mmap_forbids != 0 || file.mmap_file != 0 || file.sync != MapSync::by_kind ||
                      file.arch_refuses || file.no_mmap || file.char_device || file.no_fallocate;
    return mmap || file.mremap_error != Errno::ok || file.no_fault || file.fault_error != Errno::ok ||
           file.mkwrite_error != Errno::ok;
}

}  // namespace

std::string contradiction(const FileSpec& file, const std::vector<FileSpec>& files) {
    const auto is = [&](FileKind kind) { return file.kind == kind; };
    if (file.pages != unlimited && (is(FileKind::dev_zero) || is(FileKind::special) || is(FileKind::sysv_shm)))
        return "a file of this kind has no size; remove 'pages'";
    if ((file.sealed || file.sealed_future) && !is(FileKind::shmem)) return "only a file of kind shmem can be sealed";
    if (file.granule > 1 && !is(FileKind::regular) && !is(FileKind::with_close))
        return "'granule' needs a file of kind regular or with_close";
    if (file.huge_aligned && !is(FileKind::regular) && !is(FileKind::with_close))
        return "'huge_aligned' needs a file of kind regular or with_close";
    for (const FileSpec& other : files) {
        if (file.inode == 0 || other.inode != file.inode || other.kind == file.kind) continue;
        if (is(FileKind::hugetlb)) return "a file of kind hugetlb shares its inode with its like only";
        if (is(FileKind::sysv_shm)) return "a segment shares its inode with its like only";
    }
    if (file.huge_segment && !is(FileKind::sysv_shm)) return "'huge_segment' needs a file of kind sysv_shm";
    if (is_file_hugepages(file) && hooked(file))
        return "a file of hugetlbfs has its own hooks; only what its inode refuses can be stated";
    if (file.mmap_file == 0) return {};
    const bool there = file.mmap_file <= files.size();
    const FileSpec other = there ? files[file.mmap_file - 1u] : FileSpec{};
    const bool takes =
        other.kind == FileKind::regular || other.kind == FileKind::shmem || other.kind == FileKind::with_close;
    if (!there || !takes || other.sealed || other.mmap_file != 0)
        return "'mmap_file' must be a regular, shmem or with_close file that is not sealed and hands over to no other";
    // A hook that fails calls ->close of what it had opened, which is not modelled.
    if (file.mmap_error != Errno::ok && other.kind == FileKind::with_close)
        return "'mmap_error' with 'mmap_file' needs one to hand over to that is not of kind with_close";
    return {};
}

}  // namespace vmacheck
