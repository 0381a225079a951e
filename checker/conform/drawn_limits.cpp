#include "checker/conform/drawn_limits.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace vmacheck {
namespace {

constexpr auto limits = std::tuple{
    &Parameters::mmap_min_addr, &Parameters::stack_guard_gap, &Parameters::max_map_count, &Parameters::rlimit_as,
    &Parameters::rlimit_data,   &Parameters::rlimit_memlock,  &Parameters::rlimit_stack,  &Parameters::overcommit_mode,
    &Parameters::total_memory,  &Parameters::commit_limit,    &Parameters::admin_reserve, &Parameters::user_reserve,
    &Parameters::bottom_up,     &Parameters::cap_ipc_lock,    &Parameters::cap_sys_rawio, &Parameters::cap_sys_admin,
    &Parameters::cap_sys_nice,
};

template <class F>
void each_limit(F&& f) {
    std::apply([&f](auto... limit) { (f(limit), ...); }, limits);
}

constexpr std::uint64_t cases_of_hooks = 8;

// The highest page that a process may map, and one more: TASK_SIZE of x86-64.
constexpr std::uint64_t end_of_addresses = Parameters().task_size;

}  // namespace

Parameters limits_of(const Parameters& from) {
    Parameters made;
    each_limit([&](auto limit) { made.*limit = from.*limit; });
    return made;
}

DrawnLimits usual_limits(const CasePlan& plan) {
    DrawnLimits usual;
    usual.parameters.files = plan.parameters.files;
    return usual;
}

DrawnLimits draw_limits(const CasePlan& plan) {
    DrawnLimits drawn = usual_limits(plan);
    Parameters& p = drawn.parameters;
    SplitMix64 random(plan.seed + 2);
    if (random.below(cases_of_hooks) != 0)
        for (FileSpec& each : p.files) each.mmap_error = each.mremap_error = Errno::ok;
    if (random.percent(50)) return drawn;
    std::vector<FileSpec> files = std::move(p.files);
    p = limits_of(plan.parameters);
    p.files = std::move(files);
    // What the model draws of these is made for its own address space, which is small.
    p.mmap_min_addr = random.percent(30) ? random.below(3) : Parameters().mmap_min_addr;
    p.stack_guard_gap = random.percent(70) ? random.below(8) : Parameters().stack_guard_gap;
    if (random.percent(50)) p.max_map_count = Parameters().max_map_count;
    p.rlimit_stack = std::min(p.rlimit_stack, Parameters().rlimit_stack);  // a larger one moves mmap_base
    switch (random.below(8)) {
        case 0: drawn.window_end = p.mmap_min_addr + plan.window - std::min<std::uint64_t>(p.mmap_min_addr, 2); break;
        case 1: drawn.window_end = end_of_addresses; break;
        default: break;
    }
    return drawn;
}

std::vector<Parameters> with_fewer_limits(const Parameters& parameters) {
    Parameters none = parameters;
    each_limit([&](auto limit) { none.*limit = Parameters().*limit; });
    if (none == parameters) return {};
    std::vector<Parameters> fewer{none};
    each_limit([&](auto limit) {
        if (parameters.*limit == none.*limit) return;
        fewer.push_back(parameters);
        fewer.back().*limit = none.*limit;
    });
    return fewer;
}

}  // namespace vmacheck
