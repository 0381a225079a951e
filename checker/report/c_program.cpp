#include "checker/report/c_program.hpp"

#include "model/op/op_table.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace vmacheck {
namespace {

constexpr std::uint64_t window = 0x100000000000;         // bytes: where fixed addresses are moved to
constexpr std::uint64_t unit = std::uint64_t{1} << 30;   // bytes: by multiples of this, so that alignment stays
constexpr std::uint64_t reach = std::uint64_t{1} << 40;  // bytes: addresses farther apart are not moved

constexpr std::string_view prologue = R"(#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed;
static sigjmp_buf back;

static void on_signal(int number) {
    siglongjmp(back, number);
}

/* The result as the kernel gives it: a value, or minus an errno. */
static long call(long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f) {
    long result = syscall(number, a, b, c, d, e, f);
    return result == -1 && errno != 0 ? -errno : result;
}

/* 0, or the signal that the access raised. */
__attribute__((unused)) static long access_byte(uintptr_t address, int write) {
    volatile char *byte = (volatile char *)address;
    int number = sigsetjmp(back, 1);
    if (number != 0) return number;
    if (write)
        *byte = 1;
    else
        (void)*byte;
    return 0;
}

__attribute__((unused)) static void expect(int step, const char *what, long result, long expected) {
    if (result == expected) return;
    printf("step %d, %s: expected %#lx, is %#lx\n", step, what, expected, result);
    failed = 1;
}

__attribute__((unused)) static void expect_vma(uintptr_t start, uintptr_t end, const char *rights) {
    char line[512], wanted[64];
    FILE *maps = fopen("/proc/self/maps", "r");
    snprintf(wanted, sizeof wanted, "%lx-%lx %s ", (unsigned long)start, (unsigned long)end, rights);
    while (maps && fgets(line, sizeof line, maps))
        if (strncmp(line, wanted, strlen(wanted)) == 0) {
            fclose(maps);
            return;
        }
    if (maps) fclose(maps);
    printf("/proc/self/maps: no VMA %s\n", wanted);
    failed = 1;
}

/* VmLck in kB, which is to be the size of all locked VMAs. */
__attribute__((unused)) static long locked_kb(void) {
    char line[256];
    long kb = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmLck: %ld", &kb) == 1) break;
    if (status) fclose(status);
    return kb;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
)";

constexpr std::string_view epilogue = R"(    printf("%s\n", failed ? "not as expected" : "as expected");
    return failed;
}
)";

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
        case OpKind::mseal: return "462";  // SYS_mseal, which older headers lack
        default: return {};
    }
}

// MADV_* by advice, as the kernel numbers them; the names are in <sys/mman.h>, but not all of them everywhere.
int advice_number(Advice advice) {
    static const std::map<std::string_view, int> numbers{
        {"NORMAL", 0},          {"RANDOM", 1},         {"SEQUENTIAL", 2},
        {"WILLNEED", 3},        {"DONTNEED", 4},       {"FREE", 8},
        {"REMOVE", 9},          {"DONTFORK", 10},      {"DOFORK", 11},
        {"MERGEABLE", 12},      {"UNMERGEABLE", 13},   {"HUGEPAGE", 14},
        {"NOHUGEPAGE", 15},     {"DONTDUMP", 16},      {"DODUMP", 17},
        {"WIPEONFORK", 18},     {"KEEPONFORK", 19},    {"COLD", 20},
        {"PAGEOUT", 21},        {"POPULATE_READ", 22}, {"POPULATE_WRITE", 23},
        {"DONTNEED_LOCKED", 24}};
    const auto found = numbers.find(name(advice));
    return found != numbers.end() ? found->second : -1;
}

class Program {
public:
    Program(const Trace& trace, const ModelResults& expected) : trace_(trace), expected_(expected) {}

    std::variant<std::string, NoProgram> write() {
        find_lowest();
        std::string body;
        for (std::size_t i = 0; i < trace_.steps.size(); ++i) {
            const Op<Plain>& op = trace_.steps[i].op;
            if (const std::string why = why_not(op); !why.empty()) return NoProgram{why};
            body += step(i + 1, op, expected_.results.at(i));
        }
        std::string text = fmt::format("/* {} */\n{}", comment(trace_.header.title), prologue);
        text += files_;
        if (body.find("heap") != std::string::npos)
            text += "    const uintptr_t heap = call(SYS_brk, 0, 0, 0, 0, 0, 0);\n";
        for (unsigned i = 1; i <= placed_count_; ++i) text += fmt::format("    uintptr_t p{};\n", i);
        text += body + layout() + locked() + std::string(epilogue);
        return text;
    }

private:
    struct Placed {
        std::uint64_t start = 0;  // bytes, in the trace
        std::uint64_t end = 0;
        unsigned number = 0;
    };

    static std::string comment(std::string text) {
        for (std::size_t at = 0; (at = text.find("*/", at)) != std::string::npos;) text.replace(at, 2, "* /");
        return text;
    }

    [[nodiscard]] std::string why_not(const Op<Plain>& op) const {
        if (op.process != 0) return "it has several processes";
        if (op.fail_alloc.nth != 0) return "an allocation fails";
        if (op.meanwhile.nth != 0) return "another task takes a step within a call";
        if (op.kind != OpKind::fault && call_number(op.kind).empty()) return fmt::format("it has {}", name(op.kind));
        if (op.kind == OpKind::fault && op.access == Access::exec) return "it executes memory";
        if (op.kind == OpKind::madvise && advice_number(op.advice) < 0) return "it has an advice without a number";
        if (op.file == 0) return {};
        if (op.file > trace_.header.parameters.files.size()) return {};  // EBADF
        const FileKind kind = trace_.header.parameters.files[op.file - 1].kind;
        return kind == FileKind::shmem || kind == FileKind::dev_zero ? "" : "it maps a file that is no memfd";
    }

    // Of the addresses that are given; those near the ends of the address space stay as they are.
    void find_lowest() {
        for (const TraceStep& each : trace_.steps)
            for (const std::uint64_t address : {each.op.addr.value(), each.op.new_addr.value()})
                if (movable(address) && each.op.kind != OpKind::brk) lowest_ = std::min(lowest_, address);
        lowest_ = lowest_ / unit * unit;
    }

    [[nodiscard]] bool movable(std::uint64_t address) const {
        const Parameters& p = trace_.header.parameters;
        return address >= p.mmap_min_addr * page_size && address < p.task_size * page_size - 8 * page_size;
    }

    // An address of the trace as an expression. `boundary`: it may be the end of a placed mapping.
    [[nodiscard]] std::string address(std::uint64_t value) const {
        for (auto each = placed_.rbegin(); each != placed_.rend(); ++each)
            if (value >= each->start && value < each->end)
                return value == each->start ? fmt::format("p{}", each->number)
                                            : fmt::format("p{} + {:#x}", each->number, value - each->start);
        if (!movable(value) || value - lowest_ > reach) return fmt::format("{:#x}", value);
        return fmt::format("{:#x}", value - lowest_ + window);
    }

    std::string file(std::uint16_t id) {
        if (id == 0 || id > trace_.header.parameters.files.size()) return "-1ul";
        if (std::find(opened_.begin(), opened_.end(), id) == opened_.end()) {
            opened_.push_back(id);
            const FileSpec& spec = trace_.header.parameters.files[id - 1];
            if (spec.kind == FileKind::dev_zero)
                files_ += fmt::format(
                    "    const int file{} = (int)call(SYS_open, (uintptr_t)\"/dev/zero\", 2, 0, 0, 0, 0);\n", id);
            else
                files_ += fmt::format(
                    "    const int file{0} = (int)call(SYS_memfd_create, (uintptr_t)\"file{0}\", 0, 0, 0, 0, 0);\n"
                    "    if (file{0} < 0 || ftruncate(file{0}, {1:#x}) != 0) return 77;\n",
                    id, std::min<std::uint64_t>(spec.pages, 1 << 20) * page_size);
        }
        return fmt::format("(uintptr_t)file{}", id);
    }

    // The six arguments of the call.
    std::string arguments(const Op<Plain>& op) {
        const auto hexadecimal = [](std::uint64_t value) { return fmt::format("{:#x}", value); };
        std::vector<std::string> list;
        switch (op.kind) {
            case OpKind::mmap:
                list = {op.addr.value() == 0 ? "0" : address(op.addr.value()),
                        hexadecimal(op.len.value()),
                        hexadecimal(op.prot),
                        hexadecimal(op.flags),
                        (op.flags & map::anonymous) != 0 ? "-1ul" : file(op.file),
                        hexadecimal(op.offset.value())};
                break;
            case OpKind::brk:
                list = {fmt::format("heap + {:#x}", op.addr.value() - trace_.header.parameters.start_brk_bytes)};
                break;
            case OpKind::mremap:
                list = {address(op.addr.value()), hexadecimal(op.len.value()), hexadecimal(op.new_len.value()),
                        hexadecimal(op.call_flags), op.new_addr.value() == 0 ? "0" : address(op.new_addr.value())};
                break;
            case OpKind::mprotect:
                list = {address(op.addr.value()), hexadecimal(op.len.value()), hexadecimal(op.prot)};
                break;
            case OpKind::madvise:
                list = {address(op.addr.value()), hexadecimal(op.len.value()),
                        std::to_string(advice_number(op.advice))};
                break;
            case OpKind::mlockall: list = {hexadecimal(op.call_flags)}; break;
            case OpKind::munlockall: break;
            default: list = {address(op.addr.value()), hexadecimal(op.len.value()), hexadecimal(op.call_flags)};
        }
        list.resize(6, "0");
        return fmt::format("{}", fmt::join(list, ", "));
    }

    // Where the call put a mapping: given by its variable, unless the caller said where.
    [[nodiscard]] bool is_placed(const Op<Plain>& op, std::uint64_t value) const {
        if (op.kind == OpKind::mmap)
            return (op.flags & (map::fixed | map::fixed_noreplace)) == 0 && value != op.addr.value();
        return op.kind == OpKind::mremap && (op.call_flags & mremap::fixed) == 0 && value != op.addr.value();
    }

    std::string step(std::size_t number, const Op<Plain>& op, const SeenResult& expected) {
        const std::string what = fmt::format("\"{}\"", call_text(op));
        const Errno error = expected.error.value_or(Errno::ok);
        if (op.kind == OpKind::fault) {
            const std::string wanted = error == Errno::ok ? "0" : std::string(name(error));
            return fmt::format("    expect({}, {}, access_byte({}, {}), {});\n", number, what, address(op.addr.value()),
                               op.access == Access::write ? 1 : 0, wanted);
        }
        const std::string text = fmt::format("call({}, {})", call_number(op.kind), arguments(op));
        if (error != Errno::ok) return fmt::format("    expect({}, {}, {}, -{});\n", number, what, text, name(error));
        const std::uint64_t value = expected.value.value_or(0);
        if (is_placed(op, value)) {
            const std::uint64_t length = op.kind == OpKind::mremap ? op.new_len.value() : op.len.value();
            placed_.push_back({value, value + (length + page_size - 1) / page_size * page_size, ++placed_count_});
            return fmt::format("    p{0} = (uintptr_t){1};\n    if ((long)p{0} < 0) expect({2}, {3}, (long)p{0}, 0);\n",
                               placed_count_, text, number, what);
        }
        std::string wanted = "0";
        if (op.kind == OpKind::brk)
            wanted = fmt::format("(long)(heap + {:#x})", value - trace_.header.parameters.start_brk_bytes);
        else if (returns_value(op.kind))
            wanted = fmt::format("(long)({})", address(value));
        return fmt::format("    expect({}, {}, {}, {});\n", number, what, text, wanted);
    }

    // The VMAs at the fixed addresses. Those that the kernel placed may have joined others of the program.
    std::string layout() {
        std::string text;
        for (const VmaView& each : expected_.last.vmas) {
            const std::uint64_t start = each.start * page_size;
            const std::uint64_t end = each.end * page_size;
            const auto inside = [&](const Placed& one) { return start < one.end && end > one.start; };
            if (!used(start, end) || std::any_of(placed_.begin(), placed_.end(), inside)) continue;
            const auto right = [&](VmFlags flag, char letter) { return (each.flags & flag) != 0 ? letter : '-'; };
            text += fmt::format("    expect_vma({}, {:#x}, \"{}{}{}{}\");\n", address(start), end - lowest_ + window,
                                right(vm::read, 'r'), right(vm::write, 'w'), right(vm::exec, 'x'),
                                (each.flags & vm::may_share) != 0 ? 's' : 'p');
        }
        return text;
    }

    // The locked VMAs together, where the trace locks some. After mlockall those of the program itself are among them.
    std::string locked() {
        const auto calls = [&](OpKind kind) {
            return std::any_of(trace_.steps.begin(), trace_.steps.end(),
                               [kind](const TraceStep& each) { return each.op.kind == kind; });
        };
        if (!calls(OpKind::mlock) || calls(OpKind::mlockall)) return {};
        std::uint64_t pages = 0;
        for (const VmaView& each : expected_.last.vmas)
            if ((each.flags & vm::locked) != 0) pages += each.end - each.start;
        return fmt::format("    expect({}, \"VmLck of /proc/self/status in kB\", locked_kb(), {});\n",
                           trace_.steps.size(), pages * page_size / 1024);
    }

    // Whether a call gave an address in the range.
    [[nodiscard]] bool used(std::uint64_t start, std::uint64_t end) const {
        return std::any_of(trace_.steps.begin(), trace_.steps.end(), [&](const TraceStep& each) {
            const auto in = [&](std::uint64_t address) {
                return movable(address) && address >= start && address < end;
            };
            return each.op.kind != OpKind::brk && (in(each.op.addr.value()) || in(each.op.new_addr.value()));
        });
    }

    const Trace& trace_;
    const ModelResults& expected_;
    std::uint64_t lowest_ = ~std::uint64_t{0};  // bytes
    std::vector<Placed> placed_;
    unsigned placed_count_ = 0;
    std::vector<std::uint16_t> opened_;
    std::string files_;
};

}  // namespace

std::variant<std::string, NoProgram> c_program(const Trace& trace, const ModelResults& expected) {
    return Program(trace, expected).write();
}

}  // namespace vmacheck
