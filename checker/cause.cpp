#include "checker/cause.hpp"

namespace vmacheck {
namespace {

constexpr std::array<CauseInfo, static_cast<std::size_t>(Cause::count)> causes{{
    {Cause::thp_alignment, "thp_alignment",
     "kernels place large mappings at multiples of 2 MiB (files since 5.18, anonymous memory since 6.7, of it only "
     "multiples of 2 MiB since 6.12); v5.10 takes the highest fitting address"},
    {Cause::unfinished_call_order, "unfinished_call_order",
     "two threads' calls overlapped, the log does not say which came first, and the other order gives "
     "the kernel's results"},
    {Cause::stack_growth_unknown, "stack_growth_unknown",
     "the log does not hold growth of the stack, and the address lies where the stack and its guard gap may have "
     "grown to"},
    {Cause::brk_empty_shrink, "brk_empty_shrink",
     "since 6.1 brk(2) refuses to shrink over a range in which nothing is mapped; v5.10 moves the break"},
    {Cause::brk_joins_bss, "brk_joins_bss",
     "since 6.1 brk(2) extends only a VMA that lies at or above the start of the heap; in v5.10 the heap joins the bss "
     "that ends there"},
    {Cause::map_stack_nohugepage, "map_stack_nohugepage",
     "since 6.7 MAP_STACK sets VM_NOHUGEPAGE, so the VMA does not join a neighbour mapped without it; v5.10 ignores "
     "the flag"},
    {Cause::account_dropped, "account_dropped",
     "since 6.7 an unfaulted VMA that mprotect makes read-only loses VM_ACCOUNT and joins a neighbour without it; "
     "in v5.10 it keeps the flag"},
    {Cause::fault_unknown, "fault_unknown",
     "the log does not hold page faults: the model joined two existing VMAs here, which the kernel does not do "
     "once both have an anon_vma of their own"},
    {Cause::mapped_before_read, "mapped_before_read",
     "the program opened maps, mapped this buffer, and read maps then"},
    {Cause::unexplained, "unexplained", "no known cause: the model, the importer or the log is wrong"},
}};

}  // namespace

const CauseInfo& info(Cause cause) {
    return causes.at(static_cast<std::size_t>(cause));
}

CauseCounts count_causes(const std::vector<NamedDifference>& differences) {
    CauseCounts counts{};
    for (const NamedDifference& each : differences) ++counts.at(static_cast<std::size_t>(each.cause));
    return counts;
}

}  // namespace vmacheck
