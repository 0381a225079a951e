#include "checker/report/exports/c_calls.hpp"

#include "model/op/op_table.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace vmacheck {
namespace {

constexpr std::uint16_t policies = 6;  // that a program on one node can make different
constexpr std::uint16_t contexts = 16;
constexpr std::uint64_t longest_file = std::uint64_t{1} << 42;  // bytes
constexpr std::uint64_t longest_vector = 8192;                  // pages that mincore is called for

// The number of a call as <sys/syscall.h> names it; empty: no plain call.
std::string_view call_number(OpKind kind) {
    switch (kind) {
        case OpKind::mmap: return "SYS_mmap";
        case OpKind::munmap: return "SYS_munmap";
        case OpKind::mprotect: return "SYS_mprotect";
        case OpKind::brk: return "SYS_brk";
        case OpKind::madvise: return "SYS_madvise";
        case OpKind::mremap: return "SYS_mremap";
        case OpKind::mlock: return "SYS_mlock2";
        case OpKind::munlock: return "SYS_munlock";
        case OpKind::mlockall: return "SYS_mlockall";
        case OpKind::munlockall: return "SYS_munlockall";
        case OpKind::msync: return "SYS_msync";
        case OpKind::mincore: return "SYS_mincore";
        case OpKind::truncate: return "SYS_ftruncate";
        case OpKind::shmat: return "SYS_shmat";
        case OpKind::shmdt: return "SYS_shmdt";
        case OpKind::remap_file_pages: return "SYS_remap_file_pages";
        case OpKind::anon_name: return "SYS_prctl";
        case OpKind::mseal: return "462";  // SYS_mseal, which older headers lack
        default: return {};
    }
}

// What only a model can make of a file.
bool only_modelled(const FileSpec& file) {
    switch (file.kind) {
        case FileKind::regular:
        case FileKind::shmem:
        case FileKind::dev_zero: break;
        case FileKind::sysv_shm: return file.huge_segment;
        default: return true;
    }
    return file.append_only || file.noexec || file.swap_file || file.mandatory_lock || file.no_mmap ||
           file.char_device || file.mmap_error != Errno::ok || file.mmap_flags != 0 || file.mmap_file != 0 ||
           file.arch_refuses || file.no_fault || file.no_fallocate || file.mmap_clears != 0 || file.mmap_forbids != 0 ||
           file.fault_error != Errno::ok || file.mkwrite_error != Errno::ok || file.sync != MapSync::by_kind ||
           file.huge_segment || file.mremap_error != Errno::ok || file.granule > 1 || file.huge_aligned;
}

std::string number(std::uint64_t value) {
    return fmt::format("{:#x}", value);
}

// Names with a prefix where <sys/mman.h> has them, and one number for the rest.
std::string named(const std::vector<std::string>& names, std::string_view prefix, std::string_view lacking,
                  std::uint64_t bits_lacking) {
    std::vector<std::string> parts;
    for (const std::string& each : names)
        if (lacking.find(each) == std::string_view::npos && !each.starts_with("0x"))
            parts.push_back(fmt::format("{}{}", prefix, each));
        else if (each.starts_with("0x"))
            parts.push_back(each);
    if (bits_lacking != 0) parts.push_back(number(bits_lacking));
    return fmt::format("{}", fmt::join(parts, " | "));
}

}  // namespace

int advice_number(Advice advice) {
    static const std::map<std::string_view, int> numbers{
        {"NORMAL", 0},           {"RANDOM", 1},          {"SEQUENTIAL", 2},
        {"WILLNEED", 3},         {"DONTNEED", 4},        {"FREE", 8},
        {"REMOVE", 9},           {"DONTFORK", 10},       {"DOFORK", 11},
        {"MERGEABLE", 12},       {"UNMERGEABLE", 13},    {"HUGEPAGE", 14},
        {"NOHUGEPAGE", 15},      {"DONTDUMP", 16},       {"DODUMP", 17},
        {"WIPEONFORK", 18},      {"KEEPONFORK", 19},     {"COLD", 20},
        {"PAGEOUT", 21},         {"POPULATE_READ", 22},  {"POPULATE_WRITE", 23},
        {"DONTNEED_LOCKED", 24}, {"GUARD_INSTALL", 102}, {"GUARD_REMOVE", 103}};
    return numbers.at(name(advice));
}

std::string c_prot(Prot prot) {
    return prot == 0 ? "PROT_NONE" : named(names_of(prot_names(), prot), "PROT_", "SEM", prot & prot::sem);
}

std::string c_map_flags(MapFlags flags) {
    if (flags == 0) return "0";
    const MapFlags type = flags & map::type_mask;
    const bool droppable = type == map::droppable;
    return named(names_of_map_flags(flags), "MAP_", "DROPPABLE", droppable ? map::droppable : 0);
}

std::string c_string(std::string_view text) {
    std::string literal = "\"";
    for (const char each : text) {
        if (each == '\n') {
            literal += "\\n";
            continue;
        }
        if (each == '"' || each == '\\') literal += '\\';
        literal += static_cast<unsigned char>(each) < 0x20 ? '?' : each;
    }
    return literal + "\"";
}

std::string why_no_c_call(const Op<Plain>& op, const Parameters& parameters) {
    switch (op.kind) {
        case OpKind::split:
        case OpKind::reclaim:
        case OpKind::special_mapping: return "it is no system call";
        case OpKind::exec: return "the new program would take the place of this one";
        case OpKind::fault:
            if (op.access == Access::exec) return "it executes what lies there";
            break;
        case OpKind::mmap:
            if ((op.flags & map::hugetlb) != 0) return "huge pages have to be reserved first";
            if ((op.flags & map::bit32) != 0 && (op.flags & (map::fixed | map::fixed_noreplace)) == 0)
                return "where a mapping below 2 GiB lies is random";
            break;
        case OpKind::mbind:
            if (op.policy > policies) return "on one node there are six different policies";
            break;
        case OpKind::mincore:
            if (op.len.value() / page_size >= longest_vector) return "its vector would be too long";
            break;
        case OpKind::uffd_register:
        case OpKind::uffd_unregister:
        case OpKind::uffd_close:
            if (op.uffd == 0 || op.uffd > contexts) return "there are 16 contexts";
            break;
        default: break;
    }
    if (op.file == 0 || op.file > parameters.files.size()) return {};  // EBADF
    if (op.kind == OpKind::truncate && op.len.value() > longest_file) return "file systems have a largest file";
    const FileSpec& file = parameters.files[op.file - 1];
    if (file.kind == FileKind::hugetlb) return "huge pages have to be reserved first";
    return only_modelled(file) ? "a program cannot make such a file" : "";
}

std::string CCalls::file(std::uint16_t id) {
    if (id == 0 || id > performed_.header.parameters.files.size()) return "-1ul";
    files_.insert(id);
    return fmt::format("(uintptr_t)file{}", id);
}

std::string CCalls::plain_call(std::size_t step) {
    const Op<Plain>& op = performed_.steps[step].op;
    const std::string addr = op.addr.value() == 0 ? "0" : addresses_.text(op.addr.value(), step);
    const std::string len = number(op.len.value());
    std::vector<std::string> list;
    switch (op.kind) {
        case OpKind::mmap:
            list = {addr,
                    len,
                    c_prot(op.prot),
                    c_map_flags(op.flags),
                    (op.flags & map::anonymous) != 0 && op.file == 0 ? "-1ul" : file(op.file),
                    number(op.offset.value())};
            break;
        case OpKind::mremap:
            list = {addr, len, number(op.new_len.value()), number(op.call_flags),
                    op.new_addr.value() == 0 ? "0" : addresses_.text(op.new_addr.value(), step)};
            break;
        case OpKind::mprotect: list = {addr, len, c_prot(op.prot)}; break;
        case OpKind::madvise:
            list = {addr, len, fmt::format("{} /* MADV_{} */", advice_number(op.advice), name(op.advice))};
            break;
        case OpKind::brk: list = {addr}; break;
        case OpKind::mlockall: list = {number(op.call_flags)}; break;
        case OpKind::munlockall: break;
        case OpKind::mincore: list = {addr, len, "(uintptr_t)residency"}; break;
        case OpKind::truncate: list = {file(op.file), len}; break;
        case OpKind::shmat: list = {file(op.file), addr, number(op.call_flags)}; break;
        case OpKind::shmdt: list = {addr}; break;
        case OpKind::remap_file_pages:
            list = {addr, len, c_prot(op.prot), number(op.offset.value() / page_size), c_map_flags(op.flags)};
            break;
        case OpKind::anon_name:
            list = {"0x53564d41 /* PR_SET_VMA */", "0", addr, len,
                    op.name == 0 ? "0" : fmt::format("(uintptr_t)\"n{}\"", op.name)};
            break;
        default: list = {addr, len, number(op.call_flags)};
    }
    list.resize(6, "0");
    return fmt::format("call({}, {})", call_number(op.kind), fmt::join(list, ", "));
}

std::string CCalls::expression(std::size_t step) {
    const Op<Plain>& op = performed_.steps[step].op;
    const std::string addr = addresses_.text(op.addr.value(), step);
    const int write = op.access == Access::write ? 1 : 0;
    switch (op.kind) {
        case OpKind::fault: return fmt::format("access_byte({}, {})", addr, write);
        case OpKind::remote_access: return fmt::format("access_remotely({}, {}, {})", op.target, addr, write);
        case OpKind::mbind:
            return fmt::format("bind({}, {:#x}, {}, {:#x})", addr, op.len.value(), op.policy, op.call_flags);
        case OpKind::uffd_register:
            return fmt::format("use_uffd({}, 0xc020aa00, {}, {:#x}, {})", op.uffd, addr, op.len.value(), op.call_flags);
        case OpKind::uffd_unregister:
            return fmt::format("use_uffd({}, 0x8010aa01, {}, {:#x}, 0)", op.uffd, addr, op.len.value());
        case OpKind::uffd_close: return fmt::format("close_uffd({})", op.uffd);
        default: return plain_call(step);
    }
}

CFiles c_files(const std::set<std::uint16_t>& ids, const Parameters& parameters) {
    CFiles files;
    std::map<std::pair<FileKind, std::uint32_t>, std::uint16_t> masters;  // the first file of an inode
    for (const std::uint16_t id : ids) {
        const FileSpec& spec = parameters.files[id - 1];
        files.declarations += fmt::format("static int file{};\n", id);
        const std::string_view how = !spec.writable ? "O_RDONLY" : !spec.readable ? "O_WRONLY" : "O_RDWR";
        if (spec.kind == FileKind::dev_zero) {
            files.statements += fmt::format("    file{} = open(\"/dev/zero\", {});\n", id, how);
            continue;
        }
        if (spec.kind == FileKind::sysv_shm) {
            const unsigned mode = (spec.readable ? 0400u : 0) | (spec.writable ? 0200u : 0) | (spec.noexec ? 0 : 0100u);
            files.statements +=
                fmt::format("    file{} = segment({:#x}, {:#o});\n", id, spec.segment_pages * page_size, mode);
            continue;
        }
        const std::uint16_t master =
            spec.inode == 0 ? id : masters.try_emplace({spec.kind, spec.inode}, id).first->second;
        if (master == id) {
            const std::string bytes = spec.pages > (std::uint64_t{1} << 30) ? "-1" : number(spec.pages * page_size);
            files.statements +=
                fmt::format("    file{} = open_file({}, {});\n", id, spec.kind == FileKind::regular ? 1 : 0, bytes);
        }
        const int seals = (spec.sealed ? 8 : 0) | (spec.sealed_future ? 16 : 0);
        if (master != id || how != "O_RDWR")
            files.statements += fmt::format("    file{} = reopened(file{}, {});\n", id, master, how);
        if (seals != 0) files.statements += fmt::format("    fcntl(file{}, 1033 /* F_ADD_SEALS */, {});\n", id, seals);
    }
    return files;
}

}  // namespace vmacheck
