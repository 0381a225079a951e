#include "checker/report/exports/c_program.hpp"

#include "checker/report/exports/c_calls.hpp"
#include "checker/report/exports/c_runtime.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vmacheck {
namespace {

constexpr std::size_t least_room = 4096;  // bytes for the text of a window's VMAs
constexpr std::size_t most_room = 1 << 20;
constexpr std::uint64_t usual_map_count = 65530;
constexpr std::uint64_t small_memory = 1 << 16;         // pages: less than machines have
constexpr std::uint64_t small_space = 1ull << 34;       // pages
constexpr std::uint64_t least_user_base = 0x500000000;  // pages

// What of a setup a program cannot bring about on the machine that it runs on; empty: nothing.
std::string why_no_setup(const Performed& performed) {
    const Parameters& p = performed.header.parameters;
    const bool any_placed = std::any_of(performed.steps.begin(), performed.steps.end(), [](const PerformedStep& each) {
        return (each.op.kind == OpKind::mmap && (each.op.flags & (map::fixed | map::fixed_noreplace)) == 0) ||
               (each.op.kind == OpKind::mremap &&
                (each.op.call_flags & (mremap::maymove | mremap::fixed)) == mremap::maymove);
    });
    const bool all_locked = std::any_of(performed.steps.begin(), performed.steps.end(), [](const PerformedStep& each) {
        return each.op.kind == OpKind::mlockall && (each.op.call_flags & mcl::current) != 0;
    });
    const bool asks_for_huge =
        std::any_of(performed.steps.begin(), performed.steps.end(), [](const PerformedStep& each) {
            return each.op.kind == OpKind::madvise && each.op.advice == Advice::hugepage;
        });
    if (p.overcommit_mode == 2 || p.total_memory < small_memory) return "it sets how much memory there is to commit";
    if (p.task_size < small_space) return "it sets the size of the address space";
    if (any_placed && (p.bottom_up || p.mmap_base < least_user_base)) return "it sets where the kernel places mappings";
    if (any_placed && p.max_map_count < usual_map_count)
        return "what the kernel places may merge with the program's mappings, and their number counts";
    if (p.stack_grows_up) return "its stacks grow up";
    if (p.file_table_full) return "no file can be opened any more";
    if (p.pgoff_bits < 40) return "its page offsets have few bits";
    if (p.thp_always || (p.thp_never && asks_for_huge)) return "it sets when the kernel takes huge pages";
    if (p.stack_guard_gap != 256) return "it sets the guard gap of stacks";
    if (p.rlimit_data == 0) return "a limit of 0 for data counts for the program as well";
    if (all_locked && p.rlimit_memlock != unlimited) return "mlockall would lock the program as well, beyond the limit";
    return {};
}

bool uses(const Performed& performed, OpKind kind) {
    return std::any_of(performed.steps.begin(), performed.steps.end(),
                       [&](const PerformedStep& each) { return each.op.kind == kind; });
}

// Whether a step is decided by what the lowest address is that may be mapped.
bool is_low(const PerformedStep& step, std::uint64_t lowest) {
    const std::uint64_t address = step.op.addr.value();
    switch (step.op.kind) {
        case OpKind::mmap:
            return address < lowest && (address != 0 || (step.op.flags & (map::fixed | map::fixed_noreplace)) != 0);
        case OpKind::mremap: return (step.op.call_flags & mremap::fixed) != 0 && step.op.new_addr.value() < lowest;
        case OpKind::shmat: return address != 0 && address < lowest;
        case OpKind::uffd_register:
        case OpKind::uffd_unregister: return address < lowest;
        case OpKind::fault:
        case OpKind::remote_access: return address < lowest && address + page_size >= lowest;  // a stack may grow
        default: return false;
    }
}

// What the calls would lock together; with a limit of the trace it is the limit that counts.
std::uint64_t locked_bytes(const Performed& performed) {
    std::uint64_t sum = 0;
    if (performed.header.parameters.rlimit_memlock != unlimited) return 0;
    for (const PerformedStep& each : performed.steps) {
        if (each.op.kind != OpKind::mlock && (each.op.flags & map::locked) == 0) continue;
        if (sum + each.op.len.value() < sum) return unlimited;
        sum += each.op.len.value();
    }
    return sum;
}

std::string bytes(std::uint64_t pages) {
    return pages == unlimited ? "RLIM_INFINITY" : fmt::format("{:#x}", pages * page_size);
}

bool locks(const Performed& performed) {
    return uses(performed, OpKind::mlock) || uses(performed, OpKind::mlockall) ||
           std::any_of(performed.steps.begin(), performed.steps.end(),
                       [](const PerformedStep& each) { return (each.op.flags & map::locked) != 0; });
}

// A result that only a model gives.
std::string why_no_result(const PerformedStep& step) {
    if (step.op.kind == OpKind::fork && step.error == Errno::eagain)
        return fmt::format("step {}: a machine has room for more processes", step.number);
    if (step.error == Errno::esrch) return fmt::format("step {}: the process does not exist", step.number);
    if (step.op.kind == OpKind::fault && step.error == Errno::enomem)
        return fmt::format("step {}: the machine would have to run out of memory", step.number);
    return {};
}

class Program {
public:
    explicit Program(const Performed& performed)
        : performed_(performed),
          addresses_(performed),
          calls_(performed, addresses_),
          several_(uses(performed, OpKind::fork) || uses(performed, OpKind::exit) ||
                   uses(performed, OpKind::remote_access)) {}

    std::variant<Exported, NoExport> write() {
        if (std::string why = why_no_setup(performed_); !why.empty()) return NoExport{std::move(why)};
        if (!addresses_.why_not().empty()) return NoExport{addresses_.why_not()};
        std::string body;
        for (std::size_t i = 0; i < performed_.steps.size(); ++i) {
            if (std::string why = why_no_result(performed_.steps[i]); !why.empty()) return NoExport{std::move(why)};
            body += several_ ? turn(i) : step(i, "    ");
        }
        body += locked();
        if (room_ > most_room) return NoExport{"it has more VMAs than a program compares"};
        const CFiles files = c_files(calls_.files(), performed_.header.parameters);
        const std::string setup = set_up(files);
        const std::string text = files.declarations + variables() + "\nstatic void test(void) {\n" +
                                 (several_ ? setup : "") + body + "}\n\nint main(void) {\n" + run(setup) + "}\n";
        return Exported{fmt::format("/*\n{} */\n{}", export_heading(performed_.header, performed_.left_out, " * "),
                                    with_c_runtime(declarations(), text)),
                        performed_.left_out};
    }

private:
    // "vmas = ...;" where other VMAs are expected than after the last step of the process.
    std::string expected_vmas(std::size_t at, std::size_t process, const std::string& indent) {
        std::string text = addresses_.layout(performed_.steps[at].after, at);
        room_ = std::max(room_, 2 * text.size() + least_room);
        if (text == last_[process]) return {};
        last_[process] = text;
        std::string lines;
        for (std::size_t from = 0; from < text.size();) {
            const std::size_t end = text.find('\n', from) + 1;
            lines += fmt::format("{}{}", lines.empty() ? "" : "\n" + indent + "       ",
                                 c_string(text.substr(from, end - from)));
            from = end;
        }
        return fmt::format("{}vmas = {};\n", indent, lines.empty() ? "\"\"" : lines);
    }

    std::string expected_result(std::size_t at) const {
        const PerformedStep& step = performed_.steps[at];
        if (step.error == Errno::sigsegv || step.error == Errno::sigbus) return std::string(name(step.error));
        if (step.error != Errno::ok) return fmt::format("-{}", name(step.error));
        if (step.op.kind == OpKind::fork || !returns_value(step.op.kind)) return "0";
        return fmt::format("(long){}", addresses_.value(step.value, at));
    }

    std::string step(std::size_t at, const std::string& indent) {
        const PerformedStep& step = performed_.steps[at];
        const std::string what = c_string(call_text(step.op));
        const std::string call = calls_.expression(at);
        std::string text = expected_vmas(at, step.op.process, indent);
        for (const Window& each : addresses_.windows())
            if (!each.name.empty() && each.gone == at)
                text += fmt::format("{}windows[{}].end = 0;\n", indent, &each - addresses_.windows().data());
        if (const Window* window = addresses_.placed_by(at))
            text +=
                fmt::format("{0}{1} = placed({2}, {3},\n{0}            {4},\n{0}            {5:#x}, &windows[{6}]);\n",
                            indent, window->name, step.number, what, call, window->end - window->start,
                            window - addresses_.windows().data());
        else
            text += fmt::format("{0}step({1}, {2},\n{0}     {3},\n{0}     {4});\n", indent, step.number, what, call,
                                expected_result(at));
        return text;
    }

    // A step of one of several processes.
    std::string turn(std::size_t at) {
        const PerformedStep& step = performed_.steps[at];
        const std::size_t process = step.op.process;
        const std::string head = fmt::format("    if (turn({}, {})) {{\n", at + 1, process);
        if (step.op.kind == OpKind::exit) return head + "        leave();\n    }\n";
        if (step.op.kind != OpKind::fork || step.error != Errno::ok)
            return head + (step.op.kind == OpKind::fork ? fork_step(at, 15) : this->step(at, "        ")) +
                   "        done();\n    }\n";
        last_[step.value] = last_[process];
        return head + fork_step(at, step.value) + "    }\n";
    }

    // Only the parent compares: what the child has is compared after its own steps.
    std::string fork_step(std::size_t at, std::size_t child) {
        const PerformedStep& step = performed_.steps[at];
        return fmt::format("        long result = fork_as({});\n        if (result <= 0) {{\n", child) +
               expected_vmas(at, step.op.process, "            ") +
               fmt::format("            step({}, \"fork()\", result, {});\n            done();\n        }}\n",
                           step.number, expected_result(at));
    }

    // Locked memory, where the trace locks some. After mlockall that of the program itself is counted, too.
    std::string locked() const {
        if (!uses(performed_, OpKind::mlock) || uses(performed_, OpKind::mlockall) || several_) return {};
        std::uint64_t pages = 0;
        for (const VmaView& each : performed_.steps.back().after.vmas)
            if ((each.flags & vm::locked) != 0) pages += each.end - each.start;
        return fmt::format(
            "    step({}, \"VmLck of /proc/self/status in kB\", number_after(\"/proc/self/status\", \"VmLck:\"), "
            "{});\n",
            performed_.steps.back().number, pages * page_size / 1024);
    }

    std::string declarations() const {
        std::string text =
            fmt::format("enum {{ ROOM = {} }};  /* bytes for the VMAs of a window as text */\n\n", room_);
        text += "/* Where the mappings lie: at fixed addresses, and where the kernel places them. */\n";
        text += "static struct window {\n    uintptr_t start, end;\n    const char *name;\n} windows[] = {\n";
        for (const Window& each : addresses_.windows())
            text += each.name.empty() ? fmt::format("    {{{:#x}, {:#x}, \"\"}},\n", each.start, each.end)
                                      : fmt::format("    {{0, 0, \"{}\"}},\n", each.name);
        if (addresses_.windows().empty()) text += "    {0, 0, \"\"},\n";
        return text + "};\n";
    }

    std::string variables() const {
        std::string text;
        for (const Window& each : addresses_.windows())
            if (!each.name.empty()) text += fmt::format("static uintptr_t {};\n", each.name);
        return text;
    }

    std::string set_up(const CFiles& files) const;
    std::string run(const std::string& setup) const {
        const std::size_t last = performed_.steps.size();
        if (several_)
            return fmt::format(
                "    int status = run_processes(test, {});\n"
                "    if (status == 0 && write(1, \"as expected\\n\", 12) != 12) return 2;\n"
                "    return status;\n",
                last);
        return setup + "    test();\n    say(\"as expected\\n\");\n    return 0;\n";
    }

    const Performed& performed_;
    ProgramAddresses addresses_;
    CCalls calls_;
    bool several_;
    std::size_t room_ = least_room;
    std::map<std::size_t, std::string> last_;  // expected VMAs by process
};

// Files, the heap, limits and rights, in an order in which none is in the way of the next.
std::string Program::set_up(const CFiles& files) const {
    const Parameters& p = performed_.header.parameters;
    const Parameters usual;
    const bool heap = uses(performed_, OpKind::brk);
    std::string text;
    if (uses(performed_, OpKind::fault)) text += "    catch_signals();\n";
    if (!addresses_.windows().empty() && addresses_.windows().front().name.empty()) text += "    expect_free();\n";
    text += files.statements;
    const std::uint64_t lowest = p.mmap_min_addr * page_size;
    if (std::any_of(performed_.steps.begin(), performed_.steps.end(),
                    [&](const PerformedStep& each) { return is_low(each, lowest); }))
        text += fmt::format(
            "    if (number_after(\"/proc/sys/vm/mmap_min_addr\", \"\") != {})\n"
            "        skip(\"vm.mmap_min_addr\", \"it is not {}\");\n",
            p.mmap_min_addr * page_size, p.mmap_min_addr * page_size);
    const bool huge = std::any_of(performed_.steps.begin(), performed_.steps.end(), [](const PerformedStep& each) {
        return each.op.kind == OpKind::madvise &&
               (each.op.advice == Advice::hugepage || each.op.advice == Advice::nohugepage);
    });
    if (huge)
        text += fmt::format(
            "    if (access(\"/sys/kernel/mm/transparent_hugepage\", F_OK) {} 0)\n"
            "        skip(\"transparent huge pages\", \"this kernel has {}\");\n",
            p.thp ? "!=" : "==", p.thp ? "none" : "them");
    if (p.max_map_count < usual_map_count) text += fmt::format("    leave_vmas({});\n", p.max_map_count);
    const std::string data =
        p.rlimit_data != unlimited
            ? fmt::format("number_after(\"/proc/self/status\", \"VmData:\") * 1024 + {:#x}", p.data_bytes)
            : fmt::format("{:#x}", p.data_bytes);
    if (heap) text += fmt::format("    start_heap({:#x}, {});\n", addresses_.moved(p.start_brk_bytes), data);
    const auto own = [&](std::string_view name, std::string_view key, std::uint64_t pages) {
        if (pages == unlimited) return std::string();
        return fmt::format("    limit({}, number_after(\"/proc/self/status\", \"{}:\") * 1024 + {:#x}, 0);\n", name,
                           key, pages * page_size);
    };
    text += own("RLIMIT_AS", "VmSize", p.rlimit_as) + own("RLIMIT_DATA", "VmData", p.rlimit_data);
    if (p.rlimit_stack != usual.rlimit_stack)
        text += fmt::format("    limit(RLIMIT_STACK, {0}, {0});\n", bytes(p.rlimit_stack));
    if (p.rlimit_memlock != unlimited || locks(performed_))
        text +=
            fmt::format("    limit(RLIMIT_MEMLOCK, {}, {:#x});\n", bytes(p.rlimit_memlock), locked_bytes(performed_));
    const unsigned needed = (p.cap_ipc_lock ? 1u << 14 : 0) | (p.cap_sys_rawio ? 1u << 17 : 0) |
                            (p.cap_sys_admin ? 1u << 21 : 0) | (p.cap_sys_nice ? 1u << 23 : 0);
    return text + fmt::format("    drop_capabilities({:#x});\n", needed);
}

}  // namespace

std::variant<Performed, NoExport> c_steps(const Trace& trace) {
    const Parameters& parameters = trace.header.parameters;
    return performed_steps(trace, [&](const Op<Plain>& op) { return why_no_c_call(op, parameters); });
}

std::variant<Exported, NoExport> c_program(const Performed& performed) {
    return Program(performed).write();
}

std::variant<Exported, NoExport> c_program(const Trace& trace) {
    auto steps = c_steps(trace);
    if (auto* none = std::get_if<NoExport>(&steps)) return std::move(*none);
    return c_program(std::get<Performed>(steps));
}

}  // namespace vmacheck
