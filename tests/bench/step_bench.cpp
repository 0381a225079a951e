// What a step costs: bare, checked (every property on what the step touched), and in a large address space.
//
// Read the ratios of one run; absolute times differ between machines and moments. `visits` counts nodes of the model's
// trees visited in a step, by the operation and the checks together; `bound` is 2 log2(n) + 8.
#include "checker/random/random_ops.hpp"
#include "model/state/world.hpp"
#include "properties/run/catalogue.hpp"

#include <benchmark/benchmark.h>

#include <cmath>

namespace vmacheck {
namespace {

constexpr std::uint64_t base = 0x100000;  // page number

Op<Plain> mmap_page(std::uint64_t page, Prot prot) {
    Op<Plain> op;
    op.kind = OpKind::mmap;
    op.addr = Bytes<Plain>::pages(page);
    op.len = Bytes<Plain>::pages(1);
    op.prot = prot;
    op.flags = map::private_ | map::anonymous | map::fixed | map::noreserve;
    return op;
}

// Random operations in a window of so many pages, made beforehand against a World that took them, so that generating is
// not measured. One process, at most 16 VMAs.
std::vector<Op<Plain>> recorded_ops(const Parameters& parameters, std::size_t count) {
    World<Plain> world(parameters, default_profile());
    RandomOps ops(1, parameters, 24);
    std::vector<Op<Plain>> recorded;
    while (recorded.size() < count) {
        const Op<Plain> op = ops.next(world);
        if (op.kind == OpKind::exit && world.pool<MmId>().live() == 1) continue;
        world.apply(op);
        if (world.pool<VmaId>().live() > 16) {
            world.undo();
            continue;
        }
        recorded.push_back(op);
    }
    return recorded;
}

void small_world(benchmark::State& state, bool checked) {
    const Parameters parameters = small_parameters();
    const std::vector<Op<Plain>> ops = recorded_ops(parameters, 100'000);
    const auto checker = make_property_checker<Plain>();
    World<Plain> world(parameters, default_profile());
    const World<Plain> start = world;
    Report report;
    std::size_t at = 0;
    std::uint64_t vmas = 0;
    for (auto _ : state) {
        if (at == ops.size()) {
            at = 0;
            world = start;
        }
        const Op<Plain>& op = ops[at++];
        world.apply(op);
        if (checked) checker->check_step(world, op, report);
        vmas += world.pool<VmaId>().live();
    }
    if (!report.empty()) state.SkipWithError(report.violations().front().text.c_str());
    state.counters["vmas"] = static_cast<double>(vmas) / static_cast<double>(state.iterations());
    state.counters["steps/s"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void bare_step(benchmark::State& state) {
    small_world(state, false);
}
void checked_step(benchmark::State& state) {
    small_world(state, true);
}
BENCHMARK(bare_step);
BENCHMARK(checked_step);

// n VMAs of one page each, none mergeable with its neighbours. Each step maps one anew, unmaps one (which the next step
// maps again), gives one other rights, or reads from one; so there are always n or n - 1.
void large_world(benchmark::State& state) {
    const auto n = static_cast<std::uint64_t>(state.range(0));
    Parameters parameters;
    parameters.max_map_count = 4 * n;
    World<Plain> world(parameters, default_profile());
    const auto protection = [](std::uint64_t page) { return page % 2 == 0 ? prot::read : prot::read | prot::write; };
    SplitMix64 random(7);
    std::vector<std::uint64_t> order(n);
    for (std::uint64_t i = 0; i < n; ++i) order[i] = i;
    for (std::uint64_t i = n; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (std::uint64_t page : order) world.apply(mmap_page(base + page, protection(page)));

    const auto checker = make_property_checker<Plain>();
    Report report;
    std::uint64_t visits = 0;
    std::uint64_t most = 0;
    std::uint64_t above = 0;  // steps with more visits than the bound
    std::uint64_t hole = n;   // page without a VMA; n: none
    const double bound = 2 * std::log2(static_cast<double>(n)) + 8;
    for (auto _ : state) {
        const bool fill = hole < n;
        const std::uint64_t page = fill ? hole : random.below(n);
        hole = n;
        Op<Plain> op = mmap_page(base + page, protection(page));
        switch (fill ? 0 : random.below(4)) {
            case 0: break;  // map over what is there, or into the hole
            case 1:
                op.kind = OpKind::munmap;
                hole = page;
                break;
            case 2:
                op.kind = OpKind::mprotect;
                op.prot |= prot::exec;
                break;
            default:
                op.kind = OpKind::fault;
                op.access = Access::read;
                break;
        }
        const std::uint64_t before = world.tree_visits();
        world.apply(op);
        checker->check_step(world, op, report);
        const std::uint64_t count = world.tree_visits() - before;
        visits += count;
        most = std::max(most, count);
        above += static_cast<double>(count) > bound ? 1 : 0;
    }
    if (!report.empty()) state.SkipWithError(report.violations().front().text.c_str());
    state.counters["vmas"] = static_cast<double>(world.pool<VmaId>().live());
    state.counters["visits"] = static_cast<double>(visits) / static_cast<double>(state.iterations());
    state.counters["most"] = static_cast<double>(most);
    state.counters["bound"] = bound;
    state.counters["above%"] = 100 * static_cast<double>(above) / static_cast<double>(state.iterations());
}
BENCHMARK(large_world)->Arg(1000)->Arg(60000);

}  // namespace
}  // namespace vmacheck
