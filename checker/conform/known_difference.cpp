#include "checker/conform/known_difference.hpp"

#include "model/profiles/kernel_version.hpp"

namespace vmacheck {
namespace {

// Versions are those of the released kernels, as far as recordings and the kernel's history show them; a stable kernel may
// carry a rule of a later one.
constexpr std::array<KnownDifferenceInfo, static_cast<std::size_t>(KnownDifference::count)> causes{{
    {KnownDifference::thp_alignment, "thp_alignment", "5.18",
     "kernels place large mappings at multiples of 2 MiB (files since 5.18, anonymous memory since 6.7, of it only "
     "multiples of 2 MiB since 6.12); v5.10 takes the highest fitting address"},
    {KnownDifference::unfinished_call_order, "unfinished_call_order", "",
     "two threads' calls overlapped, the log does not say which came first, and the other order gives "
     "the kernel's results"},
    {KnownDifference::stack_growth_unknown, "stack_growth_unknown", "",
     "the log does not hold growth of the stack, and the address lies where the stack and its guard gap may have "
     "grown to"},
    {KnownDifference::brk_empty_shrink, "brk_empty_shrink", "6.1",
     "since 6.1 brk(2) refuses to shrink over a range in which nothing is mapped; v5.10 moves the break"},
    {KnownDifference::brk_joins_bss, "brk_joins_bss", "6.1",
     "since 6.1 brk(2) extends only a VMA that lies at or above the start of the heap; in v5.10 the heap joins the bss "
     "that ends there"},
    {KnownDifference::map_stack_nohugepage, "map_stack_nohugepage", "6.7",
     "since 6.7 MAP_STACK sets VM_NOHUGEPAGE, so the VMA does not join a neighbour mapped without it; v5.10 ignores "
     "the flag"},
    {KnownDifference::account_dropped, "account_dropped", "6.7",
     "since 6.7 an unfaulted VMA that mprotect makes read-only loses VM_ACCOUNT and joins a neighbour without it; "
     "in v5.10 it keeps the flag"},
    {KnownDifference::faulted_joins_unfaulted, "faulted_joins_unfaulted", "6.16",
     "since 6.16 a faulted VMA that changes joins an unfaulted neighbour, unless its chain came from a fork; in v5.10 "
     "only "
     "an unfaulted VMA that changes joins a faulted neighbour"},
    {KnownDifference::fault_unknown, "fault_unknown", "",
     "the log does not hold page faults: the model joined two existing VMAs here, which the kernel does not do "
     "once each of them has an anon_vma"},
    {KnownDifference::mapped_before_read, "mapped_before_read", "",
     "the program opened maps, mapped this buffer, and read maps then"},
    {KnownDifference::unexplained, "unexplained", "", "no known cause: the model, the importer or the log is wrong"},
}};

}  // namespace

const KnownDifferenceInfo& info(KnownDifference cause) {
    return causes.at(static_cast<std::size_t>(cause));
}

bool known_of(std::string_view profile, KnownDifference cause) {
    const std::string_view since = info(cause).since;
    return since.empty() || KernelVersion(profile) < KernelVersion(since);
}

KnownDifferenceCounts count_causes(const std::vector<ExplainedDifference>& differences) {
    KnownDifferenceCounts counts{};
    for (const ExplainedDifference& each : differences) ++counts.at(static_cast<std::size_t>(each.cause));
    return counts;
}

}  // namespace vmacheck
