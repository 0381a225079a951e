#include "checker/random/special_cases.hpp"

#include <algorithm>
#include <bit>

namespace vmacheck {
namespace {

// What a kind needs of chance comes from the bits of the seed that do not choose the kind.
bool coin(const CasePlan& plan, unsigned which) {
    return (plan.seed >> (8 + which) & 1) != 0;
}

template <class F>
void change_mixes(CasePlan& plan, F&& change) {
    for (Phase& each : plan.phases) change(each.mix);
}

VmaSpec mapping(std::uint64_t start, std::uint64_t pages, VmFlags flags) {
    VmaSpec vma;
    vma.start = start;
    vma.end = start + pages;
    vma.flags = flags;
    vma.pgoff = start;
    return vma;
}

// A faulted stack that was moved to where it lies.
VmaSpec moved_stack(std::uint64_t start, std::uint64_t pgoff, VmFlags grows) {
    VmaSpec stack = mapping(start, 1, vm::data_default | vm::account | grows);
    stack.pgoff = pgoff;
    stack.chain = {1};
    stack.anon_vma = 1;
    return stack;
}

void huge_pages(CasePlan& plan) {
    add_huge_page_files(plan.parameters);
    plan.parameters.files[file::segment - 1u].huge_segment = true;
    plan.parameters.thp_always = coin(plan, 0);
    plan.parameters.huge_pool_empty = coin(plan, 1) && coin(plan, 2);
}

void narrow_offsets(CasePlan& plan) {
    Parameters& p = plan.parameters;
    p.pgoff_bits = static_cast<unsigned>(std::bit_width(p.task_size));
    change_mixes(plan, [](OpMix& mix) { mix.last_offsets = 20; });
    if (coin(plan, 0)) {
        p.stack_grows_up = true;
        plan.layout = stacks_that_grow_up();
        const std::uint64_t last = (std::uint64_t{1} << p.pgoff_bits) - 1;
        plan.layout.front().vmas.push_back(moved_stack(p.task_size - 12, last - 1, vm::growsup));
    } else {
        plan.layout.emplace_back().vmas = {moved_stack(p.mmap_base - 1, 1, vm::growsdown)};
    }
}

void long_mappings(CasePlan& plan) {
    Parameters& p = plan.parameters;
    p.task_size = std::uint64_t{1} << 35;
    p.mmap_base = std::uint64_t{1} << 34;
    p.mmap_legacy_base = std::uint64_t{1} << 33;
    p.start_brk_bytes = (p.mmap_base - 24) * page_size + 0x100;
    p.overcommit_mode = 1;
    p.rlimit_as = p.rlimit_data = p.rlimit_memlock = p.rlimit_stack = unlimited;
    change_mixes(plan, [](OpMix& mix) { mix.long_lengths = 15; });
    if (!coin(plan, 0)) return;
    // A stack that grows up to the top of 64 bits, where its guard gap would lie beyond.
    p.task_size = pages_in_64_bits - 1;
    p.stack_grows_up = true;
    ProcessSpec process;
    process.vmas = {mapping(p.task_size - 5, 2, vm::data_default | vm::account | vm::growsup)};
    plan.layout = {process};
}

// Five VMAs of 18 pages: 12 that are data and charged for, four of them locked.
void over_limits(CasePlan& plan) {
    Parameters& p = plan.parameters;
    const std::uint64_t at = p.mmap_base - plan.window;
    constexpr VmFlags data = vm::data_default | vm::account;
    ProcessSpec process;
    process.vmas = {mapping(at, 4, data), mapping(at + 4, 4, data | vm::locked), mapping(at + 10, 4, data),
                    mapping(at + 16, 3, vm::read | vm::may_access), mapping(at + 20, 3, vm::read | vm::may_access)};
    plan.layout = {process};
    if (coin(plan, 0)) p.rlimit_as = 14;
    if (coin(plan, 1)) p.rlimit_data = 9;
    if (coin(plan, 2)) p.rlimit_memlock = 2;
    if (coin(plan, 3)) p.max_map_count = 3;
    if (!coin(plan, 4)) return;
    p.overcommit_mode = 2;
    p.commit_limit = 10;
    p.admin_reserve = p.user_reserve = 0;
}

// A new stack has 33 pages where nothing stops it.
void programs(CasePlan& plan) {
    Parameters& p = plan.parameters;
    change_mixes(plan, [](OpMix& mix) { mix.execs = 8; });
    if (!coin(plan, 0)) return;
    if (coin(plan, 1)) p.rlimit_stack = 1 + (plan.seed >> 16) % 40;
    if (coin(plan, 2)) p.rlimit_as = 30 + (plan.seed >> 24) % 8;
    if (!coin(plan, 3)) return;
    p.overcommit_mode = 2;
    p.commit_limit = 30 + (plan.seed >> 32) % 48;
    p.admin_reserve = p.user_reserve = 0;
}

}  // namespace

CaseKind kind_of_case(std::uint64_t case_seed) {
    switch (case_seed % 16) {
        case 5:
        case 13: return CaseKind::huge_pages;
        case 1: return CaseKind::narrow_offsets;
        case 3: return CaseKind::long_mappings;
        case 9: return CaseKind::over_limits;
        case 11: return CaseKind::two_behaviours;
        case 7: return CaseKind::programs;
        default: return CaseKind::ordinary;
    }
}

void make_special(CasePlan& plan) {
    switch (kind_of_case(plan.seed)) {
        case CaseKind::ordinary: return;
        case CaseKind::huge_pages: return huge_pages(plan);
        case CaseKind::narrow_offsets: return narrow_offsets(plan);
        case CaseKind::long_mappings: return long_mappings(plan);
        case CaseKind::over_limits: return over_limits(plan);
        case CaseKind::two_behaviours:
            add_files_with_two_behaviours(plan.parameters);
            change_mixes(plan, [](OpMix& mix) { mix.far_arguments = 6; });
            return;
        case CaseKind::programs: return programs(plan);
    }
}

}  // namespace vmacheck
