#include "traces/strace/skip_reason.hpp"

#include "traces/strace/import.hpp"

#include <array>

namespace vmacheck {
namespace {

struct SkipInfo {
    SkipReason reason;
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array<SkipInfo, static_cast<std::size_t>(SkipReason::count)> skips{{
    {SkipReason::bookkeeping, "bookkeeping", "read for what it says about files, limits or processes; no operation"},
    {SkipReason::no_vma_change, "no_vma_change", "acts on pages or only reports, and leaves every VMA as it is"},
    {SkipReason::not_modelled, "not_modelled", "changes VMAs, but the importer does not translate it"},
    {SkipReason::new_thread, "new_thread", "starts a thread in the same address space"},
    {SkipReason::thread_exit, "thread_exit", "ends a thread whose address space lives on"},
    {SkipReason::failed_elsewhere, "failed_elsewhere",
     "failed for a reason that lies outside the model, and changed nothing"},
    {SkipReason::result_unknown, "result_unknown", "the log does not say how the call ended"},
    {SkipReason::before_start, "before_start", "precedes the execve whose layout was given"},
    {SkipReason::address_space_left, "address_space_left",
     "of a process that executed another program, whose layout is not in the log"},
    {SkipReason::process_limit, "process_limit", "of a process beyond those the model can hold"},
}};

}  // namespace

std::string_view name(SkipReason reason) {
    return skips.at(static_cast<std::size_t>(reason)).name;
}
std::string_view meaning(SkipReason reason) {
    return skips.at(static_cast<std::size_t>(reason)).meaning;
}

std::array<std::size_t, static_cast<std::size_t>(SkipReason::count)> Import::skip_counts() const {
    std::array<std::size_t, static_cast<std::size_t>(SkipReason::count)> counts{};
    for (const SkippedCall& each : skipped) ++counts.at(static_cast<std::size_t>(each.reason));
    return counts;
}

}  // namespace vmacheck
