#include "checker/random/random_parameters.hpp"

#include "model/state/build.hpp"

#include <stdexcept>
#include <tuple>

namespace vmacheck {
namespace {

// One file for everything that an inode may refuse and a hook may do.
void add_behaving_files(Parameters& p) {
    const auto add = [&p](FileKind kind, std::uint32_t inode, const char* name) -> FileSpec& {
        return p.files.emplace_back(FileSpec{kind, inode, true, true, name});
    };
    add(FileKind::shmem, 7, "sealed").sealed = true;  // file::sealed
    FileSpec& read_only = add(FileKind::shmem, 7, "sealed, read-only");
    read_only.sealed = true;
    read_only.writable = false;
    add(FileKind::shmem, 8, "sealed for the future").sealed_future = true;
    add(FileKind::regular, 9, "adds a flag").mmap_flags = vm::dontdump;
    FileSpec& swaps = add(FileKind::regular, 10, "hands over");
    swaps.mmap_flags = vm::dontdump;
    swaps.mmap_file = file::handed_to;
    add(FileKind::shmem, 11, "handed to");
    add(FileKind::regular, 12, "->mmap fails").mmap_error = Errno::eagain;
    add(FileKind::with_close, 13, "flags the architecture refuses").arch_refuses = true;
    add(FileKind::regular, 14, "units of two pages").granule = 2;
    add(FileKind::with_close, 15, "->mremap vetoes").mremap_error = Errno::einval;
    FileSpec& device = add(FileKind::regular, 16, "device memory");
    device.char_device = true;
    device.mmap_flags = vm::io | vm::pfnmap | vm::dontexpand | vm::dontdump;
    add(FileKind::regular, 17, "append-only").append_only = true;
    add(FileKind::regular, 18, "noexec").noexec = true;
    add(FileKind::regular, 19, "swap file").swap_file = true;
    add(FileKind::regular, 20, "mandatory lock").mandatory_lock = true;
    add(FileKind::regular, 21, "without ->mmap").no_mmap = true;
    add(FileKind::sysv_shm, 22, "segment").segment_pages = 3;
    FileSpec& segment = add(FileKind::sysv_shm, 23, "segment, read-only");
    segment.segment_pages = 2;
    segment.writable = false;
}

}  // namespace

Parameters small_parameters() {
    Parameters p;
    p.task_size = 128;
    p.mmap_base = 64;
    p.mmap_legacy_base = 8;
    p.mmap_min_addr = 2;
    p.start_brk_bytes = 40 * page_size + 0x100;
    p.stack_guard_gap = 3;
    p.rlimit_stack = 8;
    p.max_map_count = 18;
    p.files = {{FileKind::regular, 1, true, true, "a"},
               {FileKind::regular, 1, true, true, "a again"},
               {FileKind::regular, 2, true, false, "b, read-only"},
               {FileKind::regular, 3, false, true, "c, write-only"},
               {FileKind::shmem, 4, true, true, "memfd"},
               {FileKind::shmem, 4, true, false, "memfd, read-only"},
               {FileKind::dev_zero, 5, true, true, "zero"},
               {FileKind::dev_zero, 5, true, true, "zero again"},
               {FileKind::with_close, 6, true, true, "hooks"},
               {FileKind::with_close, 6, true, false, "hooks, read-only"}};
    add_behaving_files(p);
    p.files.push_back({FileKind::regular, 29, true, true, "short", 5});
    p.files.push_back({FileKind::shmem, 30, true, true, "short memfd", 9});
    return p;
}

void add_huge_page_files(Parameters& parameters) {
    parameters.huge_page_pages = 4;
    parameters.files.push_back({FileKind::hugetlb, 31, true, true, "huge pages"});
    parameters.files.push_back({FileKind::hugetlb, 32, true, true, "two huge pages", 8});
}

bool has_huge_page_files(const Parameters& parameters) {
    return !parameters.files.empty() && parameters.files.back().kind == FileKind::hugetlb;
}

void add_files_with_two_behaviours(Parameters& parameters) {
    const auto add = [&](FileKind kind, std::uint32_t inode, const char* name) -> FileSpec& {
        return parameters.files.emplace_back(FileSpec{kind, inode, true, true, name});
    };
    const auto hands_over = [&](std::uint32_t inode, const char* name) -> FileSpec& {
        FileSpec& file = add(FileKind::regular, inode, name);
        file.mmap_file = file::handed_to;
        return file;
    };
    hands_over(33, "hands over, then fails").mmap_error = Errno::enomem;
    hands_over(34, "hands over, and is refused").arch_refuses = true;
    FileSpec& units = hands_over(35, "hands over, units of two pages");
    units.granule = 2;
    units.mmap_flags = vm::dontcopy;
    FileSpec& open = add(FileKind::with_close, 36, "units of two pages, opened and closed");
    open.granule = 2;
    open.mremap_error = Errno::eperm;
    FileSpec& device = add(FileKind::with_close, 37, "device memory, refused");
    device.char_device = true;
    device.mmap_flags = vm::io | vm::pfnmap | vm::dontexpand | vm::dontdump;
    device.arch_refuses = true;
    // As of sockets, of maps of bpf, of pages that cannot be read or written back.
    FileSpec& socket = add(FileKind::regular, 40, "without ->fault, read only");
    socket.char_device = socket.no_fault = true;
    socket.mmap_forbids = prot::write | prot::exec;
    socket.mmap_clears = vm::may_write | vm::may_exec;
    add(FileKind::with_close, 41, "takes rights away").mmap_clears = vm::may_write;
    add(FileKind::regular, 42, "->fault fails").fault_error = Errno::sigbus;
    FileSpec& full = add(FileKind::regular, 43, "->page_mkwrite fails, no holes");
    full.mkwrite_error = Errno::sigbus;
    full.no_fallocate = true;
    add(FileKind::regular, 44, "of persistent memory").sync = MapSync::supported;
    FileSpec& both = add(FileKind::shmem, 38, "both seals");
    both.sealed = both.sealed_future = true;
    FileSpec& short_one = add(FileKind::shmem, 39, "short, sealed for the future");
    short_one.sealed_future = true;
    short_one.pages = 3;
}

std::vector<ProcessSpec> stacks_that_grow_up() {
    constexpr VmFlags flags = vm::data_default | vm::growsup;
    ProcessSpec process;
    for (const auto& [start, end, more] : {std::tuple<std::uint64_t, std::uint64_t, VmFlags>{18, 20, vm::account},
                                           {30, 31, vm::account | vm::locked},
                                           {46, 47, vm::noreserve},
                                           {100, 101, vm::account}}) {
        VmaSpec stack;
        stack.start = start;
        stack.end = end;
        stack.flags = flags | more;
        stack.pgoff = start;
        process.vmas.push_back(stack);
    }
    return {process};
}

template <class D>
void start_with_stacks_that_grow_up(World<D>& world) {
    if (const auto wrong = build_world(world, StateSpec{stacks_that_grow_up(), {}, {}})) throw std::logic_error(*wrong);
}

template void start_with_stacks_that_grow_up(World<Plain>&);
template void start_with_stacks_that_grow_up(World<Traced>&);

}  // namespace vmacheck
