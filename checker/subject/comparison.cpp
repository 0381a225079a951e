#include "checker/subject/comparison.hpp"

#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace vmacheck {
namespace {

std::string result_text(OpKind kind, Errno error, std::optional<std::uint64_t> value) {
    if (error != Errno::ok) return std::string(name(error));
    if (!value) return "ok";
    if (returns_value(kind) && kind != OpKind::fork) return hex(*value);
    return std::to_string(*value);
}

// Whether the wanted events occur in this order, with others between them.
bool is_subsequence(const std::vector<Event>& wanted, const std::vector<Event>& events) {
    std::size_t met = 0;
    for (const Event each : events)
        if (met < wanted.size() && each == wanted[met]) ++met;
    return met == wanted.size();
}

std::string events_text(const std::vector<Event>& events) {
    std::vector<std::string_view> names;
    for (const Event each : events) names.push_back(name(each));
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

// The events that occurred; routine ones only where some are expected.
std::string events_text(const std::vector<Event>& events, const std::vector<Event>& expected) {
    if (!std::all_of(expected.begin(), expected.end(), is_notable)) return events_text(events);
    std::vector<Event> shown;
    std::copy_if(events.begin(), events.end(), std::back_inserter(shown), is_notable);
    return events_text(shown);
}

// A VMA with the fields that are expected; one that it does not show is "?".
std::string vma_text(const VmaView& vma, const VmaView& expected, VmFlags shown) {
    std::string text = fmt::format("{}-{} {}", hex(vma.start * page_size), hex(vma.end * page_size),
                                   fmt::join(names_of(vm_flag_names(), vma.flags & shown), "|"));
    if (expected.pgoff) text += vma.pgoff ? fmt::format(" pgoff {:#x}", *vma.pgoff) : " pgoff ?";
    if (vma.file != 0) text += fmt::format(" file {}", vma.file);
    const auto add = [&text](const char* key, const auto& wanted, const auto& shown) {
        if (wanted) text += fmt::format(" {} {}", key, shown ? std::to_string(*shown) : "?");
    };
    add("anon", expected.anon_vma, vma.anon_vma);
    add("chain", expected.chain, vma.chain);
    add("policy", expected.policy, vma.policy);
    add("uffd", expected.uffd, vma.uffd);
    if (expected.name) text += fmt::format(" name {}", vma.name.value_or(0));
    return text;
}

template <class N>
bool equal_if_shown(const std::optional<N>& expected, const std::optional<N>& actual) {
    return !expected || !actual || *expected == *actual;
}

// The file as the other side shows it.
std::uint16_t shown_file(const VmaView& vma, const ProcessView& other) {
    return vma.file < other.files_shown_as.size() ? other.files_shown_as[vma.file] : vma.file;
}

// A name that is not shown is none: a kernel without names has no other way to say so.
bool agrees(const VmaView& expected, const VmaView& actual, const ProcessView& shows, VmFlags shown) {
    return expected.start == actual.start && expected.end == actual.end &&
           ((expected.flags ^ actual.flags) & shown) == 0 && shown_file(expected, shows) == actual.file &&
           equal_if_shown(expected.pgoff, actual.pgoff) && equal_if_shown(expected.anon_vma, actual.anon_vma) &&
           equal_if_shown(expected.chain, actual.chain) && equal_if_shown(expected.policy, actual.policy) &&
           equal_if_shown(expected.uffd, actual.uffd) && (!expected.name || *expected.name == actual.name.value_or(0));
}

// Of the flags, those that both sides show.
void compare_vmas(const std::vector<VmaView>& expected, const ProcessView& shows, VmFlags shown,
                  std::vector<FieldDifference>& differences) {
    const std::vector<VmaView>& actual = shows.vmas;
    const std::size_t common = std::min(expected.size(), actual.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (agrees(expected[i], actual[i], shows, shown)) continue;
        differences.push_back({fmt::format("vmas[{}]", i), vma_text(expected[i], expected[i], shown),
                               vma_text(actual[i], expected[i], shown)});
        return;
    }
    if (expected.size() > common)
        differences.push_back(
            {fmt::format("vmas[{}]", common), vma_text(expected[common], expected[common], shown), "no such VMA"});
    else if (actual.size() > common)
        differences.push_back(
            {fmt::format("vmas[{}]", common), "no such VMA", vma_text(actual[common], actual[common], shown)});
}

template <class N>
void compare_counter(std::string_view what, const std::optional<N>& expected, const std::optional<N>& actual,
                     Comparison& out) {
    if (!expected || !actual) return;
    ++out.compared;
    if (*expected != *actual)
        out.differences.push_back({std::string(what), std::to_string(*expected), std::to_string(*actual)});
}

}  // namespace

void Comparison::add(Comparison other) {
    compared += other.compared;
    std::move(other.differences.begin(), other.differences.end(), std::back_inserter(differences));
}

bool same_result(const SeenResult& expected, Errno error, std::uint64_t value) {
    if (expected.error.value_or(Errno::ok) != error) return false;
    return error != Errno::ok || !expected.value || *expected.value == value;
}

Comparison compare_results(OpKind kind, const SeenResult& expected, const SeenResult& actual) {
    Comparison result;
    const Errno error = actual.error.value_or(Errno::ok);
    if (expected.error || expected.value) {
        ++result.compared;
        if (!same_result(expected, error, actual.value.value_or(0)))
            result.differences.push_back({"ret", result_text(kind, expected.error.value_or(Errno::ok), expected.value),
                                          result_text(kind, error, actual.value.value_or(0))});
    }
    if (!expected.events.empty()) {
        ++result.compared;
        if (!is_subsequence(expected.events, actual.events))
            result.differences.push_back(
                {"events", events_text(expected.events), events_text(actual.events, expected.events)});
    }
    return result;
}

Comparison compare_views(const ProcessView& expected, const ProcessView& actual) {
    Comparison result;
    compare_counter("map_count", expected.map_count, actual.map_count, result);
    if (expected.vmas_shown && actual.vmas_shown) {
        ++result.compared;
        compare_vmas(expected.vmas, actual, expected.flags_shown & actual.flags_shown, result.differences);
    }
    compare_counter("total_vm", expected.total_vm, actual.total_vm, result);
    compare_counter("data_vm", expected.data_vm, actual.data_vm, result);
    compare_counter("exec_vm", expected.exec_vm, actual.exec_vm, result);
    compare_counter("stack_vm", expected.stack_vm, actual.stack_vm, result);
    compare_counter("locked_vm", expected.locked_vm, actual.locked_vm, result);
    compare_counter("brk", expected.brk_bytes, actual.brk_bytes, result);
    return result;
}

Comparison compare_observations(const Observation& expected, const Observation& actual) {
    Comparison result;
    for (std::size_t slot = 0; slot < max_processes; ++slot) {
        const ProcessView& wanted = expected.processes[slot];
        const ProcessView& seen = actual.processes[slot];
        if (!wanted.shown || !seen.shown || (!wanted.alive && !seen.alive)) continue;
        if (wanted.alive != seen.alive) {
            result.differences.push_back({fmt::format("process {}", slot), wanted.alive ? "exists" : "does not exist",
                                          seen.alive ? "exists" : "does not exist"});
            continue;
        }
        Comparison one = compare_views(wanted, seen);
        if (slot != 0)
            for (FieldDifference& each : one.differences) each.what = fmt::format("process {} {}", slot, each.what);
        result.add(std::move(one));
    }
    compare_counter("committed", expected.committed, actual.committed, result);
    return result;
}

}  // namespace vmacheck
