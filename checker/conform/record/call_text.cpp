#include "checker/conform/record/call_text.hpp"

#include "checker/conform/record/process_files.hpp"
#include "traces/strace/recorded_run.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

namespace vmacheck {
namespace {

using Arguments = std::vector<std::string>;

std::string hex_text(std::uint64_t value) {
    return fmt::format("{:#x}", value);
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char each : text) {
        if (each == '"' || each == '\\') out.push_back('\\');
        out.push_back(each);
    }
    return out + "\"";
}

// "3</path>": what the descriptor of an mmap is, as /proc names it.
std::string descriptor_text(pid_t thread, std::uint64_t argument) {
    const auto number = static_cast<std::int32_t>(argument);
    if (number < 0) return fmt::format("{}", number);
    const std::string path = link_of(thread, fmt::format("fd/{}", number));
    return path.empty() ? fmt::format("{}", number) : fmt::format("{}<{}>", number, path);
}

struct AdviceNumber {
    std::uint64_t number;
    const char* name;
};
constexpr AdviceNumber advices[] = {
    {0, "NORMAL"},           {1, "RANDOM"},         {2, "SEQUENTIAL"},
    {3, "WILLNEED"},         {4, "DONTNEED"},       {8, "FREE"},
    {9, "REMOVE"},           {10, "DONTFORK"},      {11, "DOFORK"},
    {12, "MERGEABLE"},       {13, "UNMERGEABLE"},   {14, "HUGEPAGE"},
    {15, "NOHUGEPAGE"},      {16, "DONTDUMP"},      {17, "DODUMP"},
    {18, "WIPEONFORK"},      {19, "KEEPONFORK"},    {20, "COLD"},
    {21, "PAGEOUT"},         {22, "POPULATE_READ"}, {23, "POPULATE_WRITE"},
    {24, "DONTNEED_LOCKED"}, {25, "COLLAPSE"},      {102, "GUARD_INSTALL"},
    {103, "GUARD_REMOVE"},
};

std::string advice_text(std::uint64_t number) {
    for (const AdviceNumber& each : advices)
        if (each.number == (number & 0xffffffff)) return std::string("MADV_") + each.name;
    return hex_text(number);
}

// The nodes of mbind, as long as they can be read; policies of equal texts are equal.
std::string nodes_text(pid_t thread, std::uint64_t address, std::uint64_t bits) {
    std::string text = "[";
    for (std::uint64_t word = 0; address != 0 && word < std::min<std::uint64_t>((bits + 63) / 64, 16); ++word) {
        std::uint64_t nodes = 0;
        if (!read_memory(thread, address + 8 * word, &nodes, sizeof nodes)) break;
        text += fmt::format("{}{:#x}", word == 0 ? "" : ", ", nodes);
    }
    return text + "]";
}

// MPOL_DEFAULT is known to the importer by name; mode flags stand in the upper bits.
std::string policy_text(std::uint64_t mode) {
    return mode == 0 ? "MPOL_DEFAULT" : fmt::format("{:#x}", mode);
}

// O_RDONLY, O_WRONLY or O_RDWR.
std::string access_text(std::uint64_t flags) {
    const std::uint64_t access = flags & O_ACCMODE;
    return access == O_RDONLY ? "O_RDONLY" : access == O_WRONLY ? "O_WRONLY" : "O_RDWR";
}

std::optional<Arguments> uffd_arguments(pid_t thread, const TracedCall& call) {
    constexpr std::uint64_t uffdio_register = 0xc020aa00;
    constexpr std::uint64_t uffdio_unregister = 0x8010aa01;
    const std::string descriptor = fmt::format("{}", static_cast<std::int32_t>(call.arguments[0]));
    const std::uint64_t request = call.arguments[1] & 0xffffffff;
    std::uint64_t fields[3] = {};  // start, length, mode
    if (request == uffdio_register && read_memory(thread, call.arguments[2], fields, sizeof fields))
        return Arguments{
            descriptor, "UFFDIO_REGISTER",
            fmt::format("{{range={{start={:#x}, len={:#x}}}, mode={:#x}}}", fields[0], fields[1], fields[2])};
    if (request == uffdio_unregister && read_memory(thread, call.arguments[2], fields, 16))
        return Arguments{descriptor, "UFFDIO_UNREGISTER",
                         fmt::format("{{start={:#x}, len={:#x}}}", fields[0], fields[1])};
    return std::nullopt;
}

// Of a call that returned a new descriptor or changed the table of descriptors.
std::optional<Arguments> descriptor_arguments(pid_t thread, const TracedCall& call, std::string& name) {
    const auto& a = call.arguments;
    if (call.failed()) return std::nullopt;
    const std::string number = fmt::format("{}", static_cast<std::int32_t>(a[0]));
    switch (call.number) {
        case SYS_open:
        case SYS_openat:
        case SYS_openat2:
        case SYS_creat: {
            std::uint64_t flags =
                call.number == SYS_creat ? std::uint64_t{O_WRONLY} : a[call.number == SYS_open ? 1 : 2];
            if (call.number == SYS_openat2 && !read_memory(thread, a[2], &flags, sizeof flags)) flags = O_RDWR;
            name = "openat";
            const std::string path = link_of(thread, fmt::format("fd/{}", call.result));
            return Arguments{"AT_FDCWD", quoted(path), access_text(flags)};
        }
        case SYS_close: return Arguments{number};
        case SYS_close_range:
            if (a[2] != 0) return std::nullopt;  // closed on execve, or of a table that is unshared
            return Arguments{hex_text(a[0] & 0xffffffff), hex_text(a[1] & 0xffffffff)};
        case SYS_dup:
        case SYS_dup2:
        case SYS_dup3: return Arguments{number};
        case SYS_fcntl:
            if (a[1] != F_DUPFD && a[1] != F_DUPFD_CLOEXEC) return std::nullopt;
            name = "dup";
            return Arguments{number};
        case SYS_memfd_create: return Arguments{quoted(read_string(thread, a[0]).value_or("?"))};
        case SYS_userfaultfd: return Arguments{};
        default: return std::nullopt;
    }
}

// Of a call that changes the address space.
std::optional<Arguments> memory_arguments(pid_t thread, const TracedCall& call, std::string& name) {
    const auto& a = call.arguments;
    const std::string addr = hex_text(a[0]);
    const std::string len = hex_text(a[1]);
    const auto bits = [&a](std::size_t index) { return hex_text(a[index] & 0xffffffff); };
    switch (call.number) {
        case SYS_mmap: return Arguments{addr, len, bits(2), bits(3), descriptor_text(thread, a[4]), hex_text(a[5])};
        case SYS_brk:
        case SYS_shmat:
        case SYS_shmdt: return Arguments{addr};
        case SYS_munlockall: return Arguments{};
        case SYS_mlockall: return Arguments{bits(0)};
        case SYS_munmap:
        case SYS_mlock:
        case SYS_munlock: return Arguments{addr, len};
        case SYS_mincore: return Arguments{addr, len, hex_text(a[2])};
        case SYS_madvise: return Arguments{addr, len, advice_text(a[2])};
        case SYS_mprotect:
        case SYS_msync:
        case SYS_mlock2: return Arguments{addr, len, bits(2)};
        case SYS_pkey_mprotect:
            if (static_cast<std::int32_t>(a[3]) == -1) name = "mprotect";  // no key: the same call
            return Arguments{addr, len, bits(2)};
        case SYS_mremap: {
            Arguments arguments{addr, len, hex_text(a[2]), bits(3)};
            if ((a[3] & 6) != 0) arguments.push_back(hex_text(a[4]));  // FIXED and DONTUNMAP look at it
            return arguments;
        }
        case SYS_remap_file_pages: return Arguments{addr, len, bits(2), hex_text(a[3]), bits(4)};
        case SYS_mbind:
            return Arguments{addr, len, policy_text(a[2]), nodes_text(thread, a[3], a[4]), hex_text(a[4]), bits(5)};
        default: return Arguments{addr, len};
    }
}

StraceCall call_of(std::string name, Arguments arguments) {
    StraceCall made;
    made.name = std::move(name);
    for (std::string& each : arguments) made.arguments.push_back({std::move(each), 0, 1});
    made.result.known = true;
    return made;
}

}  // namespace

std::optional<StraceCall> text_of_call(pid_t thread, const TracedCall& call) {
    std::string name(name_of_call(call.number));
    std::optional<Arguments> arguments = changes_address_space(call) ? memory_arguments(thread, call, name)
                                         : call.number == SYS_ioctl  ? uffd_arguments(thread, call)
                                                                     : descriptor_arguments(thread, call, name);
    if (!arguments) return std::nullopt;
    StraceCall made = call_of(std::move(name), std::move(*arguments));
    made.result.failed = call.failed();
    if (!call.failed()) {
        made.result.value = static_cast<std::uint64_t>(call.result);
        return made;
    }
    constexpr int first_restart = 512;  // ERESTARTSYS and its like, which no program sees
    const char* error = strerrorname_np(call.error());
    made.result.error = call.error() >= first_restart ? "ERESTARTSYS" : error == nullptr ? "?" : error;
    return made;
}

StraceCall text_of_start(const TracedCall& call, std::uint64_t clone_flags) {
    struct Flag {
        std::uint64_t bit;
        const char* name;
    };
    constexpr Flag flags[] = {{CLONE_VM, "CLONE_VM"},
                              {CLONE_FILES, "CLONE_FILES"},
                              {CLONE_THREAD, "CLONE_THREAD"},
                              {CLONE_VFORK, "CLONE_VFORK"}};
    std::string names;
    for (const Flag& each : flags)
        if ((clone_flags & each.bit) != 0) names += (names.empty() ? "" : "|") + std::string(each.name);
    StraceCall made = call_of("clone", {"flags=" + (names.empty() ? "0" : names)});
    made.result.value = static_cast<std::uint64_t>(call.result);
    return made;
}

std::optional<StraceCall> text_of_inherited(pid_t process, int descriptor) {
    const std::string path = link_of(process, fmt::format("fd/{}", descriptor));
    const std::optional<std::uint64_t> flags = open_flags_of(process, descriptor);
    if (path.empty() || path[0] != '/' || !flags) return std::nullopt;
    StraceCall made = call_of(inherited_descriptor, {"AT_FDCWD", quoted(path), access_text(*flags)});
    made.result.value = static_cast<std::uint64_t>(descriptor);
    return made;
}

std::string limit_changed_by(const TracedCall& call) {
    const bool other_form = call.number == SYS_prlimit64;
    if ((!other_form && call.number != SYS_setrlimit) || call.failed()) return {};
    if (other_form && call.arguments[2] == 0) return {};  // it only asks
    switch (call.arguments[other_form ? 1 : 0]) {
        case RLIMIT_AS: return "RLIMIT_AS";
        case RLIMIT_DATA: return "RLIMIT_DATA";
        case RLIMIT_MEMLOCK: return "RLIMIT_MEMLOCK";
        case RLIMIT_STACK: return "RLIMIT_STACK";
        default: return {};
    }
}

StraceCall text_of_exec(const std::string& program) {
    return call_of("execve", {quoted(program)});
}

}  // namespace vmacheck
