#include "traces/strace/import_start.hpp"

#include "traces/strace/import.hpp"
#include "traces/strace/import_log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

bool is_exec(const StraceCall& call, std::uint32_t thread) {
    return call.thread == thread && one_of(call.name, {"execve", "execveat"}) && call.result.known &&
           !call.result.failed;
}

// The program's path as the call names it; empty where it cannot be read.
std::string program_of(const StraceCall& exec) {
    const std::size_t index = exec.name == "execveat" ? 1 : 0;
    if (index >= exec.arguments.size() || exec.arguments[index].text.rfind('"', 0) != 0) return {};
    return string_of(exec.arguments[index]);
}

std::string last_part(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// What brk(NULL) returned as the first call of its kind after the execve; nothing if the program did not ask.
std::optional<std::uint64_t> break_after(const StraceLog& log, std::size_t exec) {
    for (std::size_t i = exec + 1; i < log.calls.size() && !is_exec(log.calls[i], log.calls[exec].thread); ++i) {
        const StraceCall& call = log.calls[i];
        if (call.thread != log.calls[exec].thread || call.name != "brk") continue;
        if (!call.result.known || call.arguments.empty() || number_of(call.arguments[0]) != 0) return std::nullopt;
        return call.result.value;
    }
    return std::nullopt;
}

// How well the layout fits what the execve started. The path is the better sign, but a link or a script has another; the
// heap of two programs may begin at one address.
int fit(const std::vector<MapsLine>& layout, const StraceLog& log, std::size_t exec) {
    const std::string program = program_of(log.calls[exec]);
    const std::optional<std::uint64_t> heap = break_after(log, exec);
    bool same_path = false;
    bool same_name = false;
    bool same_heap = false;
    for (const MapsLine& line : layout) {
        if (line.names_file() && !program.empty()) {
            same_path |= line.name == program;
            same_name |= last_part(line.name) == last_part(program);
        }
        if (heap) same_heap |= line.name == "[heap]" ? line.start == *heap : line.end == *heap;
    }
    return (same_path ? 4 : 0) + (same_heap ? 2 : 0) + (same_name ? 1 : 0);
}

}  // namespace

std::optional<std::size_t> exec_of_layout(const std::vector<MapsLine>& layout, const StraceLog& log,
                                          std::vector<std::string>& notes) {
    std::optional<std::size_t> best;
    int best_fit = 0;
    std::size_t execs = 0;
    for (std::size_t i = 0; i < log.calls.size(); ++i) {
        if (!is_exec(log.calls[i], log.calls[0].thread)) continue;
        ++execs;
        const int fits = fit(layout, log, i);
        if (best && fits < best_fit) continue;
        best = i;
        best_fit = fits;
    }
    if (execs > 1 && best_fit == 0)
        notes.push_back(
            fmt::format("the layout shows none of the programs that the log executes; it is taken for that "
                        "of the last execve, line {}",
                        log.calls[*best].begun));
    return best;
}

void set_start_parameters(Parameters& parameters, const ImportedLayout& layout, const StraceLog& log, std::size_t first,
                          std::vector<std::string>& notes) {
    Parameters& p = parameters;
    // How much memory the machine had is not in the log; refusing nothing leaves refusals as differences.
    p.total_memory = p.task_size;
    std::uint64_t stack_limit = p.rlimit_stack * page_size;
    if (const auto seen = first_stack_limit(log)) stack_limit = *seen;
    p.rlimit_stack = stack_limit == unlimited ? unlimited : stack_limit / page_size;
    const std::uint64_t expected = mmap_base_of(p.task_size, stack_limit, p.stack_guard_gap);
    if (set_mmap_base(p, layout))
        notes.push_back(
            fmt::format("mmap_base {:#x} follows from the stack limit, but the highest mapping ends "
                        "at {:#x}: addresses were randomised, and that end is taken",
                        expected * page_size, p.mmap_base * page_size));
    if (layout.heap_start != 0) {
        p.start_brk_bytes = layout.heap_start;
    } else if (const auto seen = first_break(log, first)) {
        p.start_brk_bytes = *seen;
    } else {
        notes.push_back("the log holds no brk(NULL): the start of the heap is assumed");
    }
}

bool set_mmap_base(Parameters& parameters, const ImportedLayout& layout) {
    const std::uint64_t pages = parameters.rlimit_stack;
    parameters.mmap_base = mmap_base_of(parameters.task_size, pages == unlimited ? unlimited : pages * page_size,
                                        parameters.stack_guard_gap);
    if (layout.below_stack == 0 || layout.below_stack == parameters.mmap_base) return false;
    parameters.mmap_base = layout.below_stack;
    return true;
}

std::uint64_t mmap_base_of(std::uint64_t task_size, std::uint64_t stack_limit, std::uint64_t stack_guard_gap) {
    const std::uint64_t task_bytes = task_size * page_size;
    std::uint64_t gap = stack_limit;
    if (const std::uint64_t pad = stack_guard_gap * page_size; gap + pad > gap) gap += pad;
    gap = std::clamp(gap, std::uint64_t{128} << 20, task_bytes / 6 * 5);
    return (task_bytes - gap + page_size - 1) / page_size;
}

}  // namespace vmacheck
