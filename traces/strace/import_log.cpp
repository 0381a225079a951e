// A log as a whole: the limits at its start, and the order in which its calls took effect.
#include "traces/strace/import_log.hpp"

#include "model/op/parameters.hpp"
#include "traces/format/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vmacheck {
namespace {

bool is_number(const std::string& text) {
    return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

}  // namespace

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool starts_thread(const StraceCall& call) {
    return one_of(call.name, {"clone", "clone3", "fork", "vfork"}) && call.result.known && !call.result.failed;
}

const StraceArgument& argument(const StraceCall& call, std::size_t index) {
    if (index < call.arguments.size()) return call.arguments[index];
    throw InputError(call.begun, call.column, fmt::format("{} needs at least {} arguments", call.name, index + 1));
}

std::optional<std::uint64_t> first_stack_limit(const StraceLog& log) {
    for (const StraceCall& call : log.calls) {
        const bool known = one_of(call.name, {"prlimit64", "getrlimit", "ugetrlimit", "setrlimit"});
        const std::size_t which = call.name == "prlimit64" ? 1 : 0;
        if (!known || call.arguments.size() <= which || call.arguments[which].text != "RLIMIT_STACK") continue;
        const StraceArgument& old = call.arguments.back();
        if (call.name == "setrlimit" || old.text.empty() || old.text.front() != '{') return std::nullopt;
        const auto field = field_of(old, "rlim_cur");
        if (!field) return std::nullopt;
        if (field->text == "RLIM64_INFINITY" || field->text == "RLIM_INFINITY") return unlimited;
        return number_of(*field);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> first_break(const StraceLog& log, std::size_t first) {
    for (std::size_t i = first; i < log.calls.size(); ++i) {
        const StraceCall& call = log.calls[i];
        if (call.name == "brk" && call.result.known && !call.arguments.empty())
            return number_of(call.arguments[0]) == 0 ? std::optional(call.result.value) : std::nullopt;
    }
    return std::nullopt;
}

std::vector<std::size_t> order_of_effects(const StraceLog& log, std::size_t first) {
    std::map<std::uint32_t, std::size_t> first_line;  // of each thread
    for (const StraceCall& each : log.calls) {
        const auto [entry, is_new] = first_line.try_emplace(each.thread, each.begun);
        if (!is_new) entry->second = std::min(entry->second, each.begun);
    }
    std::vector<std::pair<std::size_t, std::size_t>> keyed;
    for (std::size_t i = first; i < log.calls.size(); ++i) {
        const StraceCall& each = log.calls[i];
        std::size_t line = 2 * each.ended + 1;
        if (starts_thread(each)) {
            const auto child = first_line.find(static_cast<std::uint32_t>(each.result.value));
            if (child != first_line.end() && child->second < each.ended && child->second > each.begun)
                line = 2 * child->second;
        }
        keyed.emplace_back(line, i);
    }
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::size_t> indices;
    for (const auto& [line, index] : keyed) indices.push_back(index);
    return indices;
}

std::vector<std::string> clone_flags(const StraceCall& call) {
    if (call.name == "fork" || call.name == "vfork") return {};
    if (call.name == "clone3") {
        const auto field = field_of(argument(call, 0), "flags");
        return field && !is_number(field->text) ? names_of(*field) : std::vector<std::string>();
    }
    // clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD, ...)
    for (StraceArgument each : call.arguments) {
        if (each.text.rfind("flags=", 0) != 0) continue;
        each.text.erase(0, 6);
        each.column += 6;
        return is_number(each.text) ? std::vector<std::string>() : names_of(each);
    }
    throw InputError(call.begun, call.column, "clone without flags=");
}

}  // namespace vmacheck
