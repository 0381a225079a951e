#include "checker/random/case.hpp"

#include "checker/random/special_cases.hpp"

#include <rapidcheck/Gen.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;

// The output function of splitmix64: what the generator gives for the state that precedes `value`.
std::uint64_t mix(std::uint64_t value) {
    return SplitMix64(value - golden).next();
}

// Takes values out of RapidCheck's generators, one after the other.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : random_(seed) {}

    template <class T>
    T from(const rc::Gen<T>& gen) {
        return gen(random_.split(), rc::kNominalSize).value();
    }
    // [least, most]
    unsigned between(unsigned least, unsigned most) { return from(rc::gen::inRange(least, most + 1)); }
    bool percent(unsigned chance) { return between(0, 99) < chance; }
    unsigned weighted(std::initializer_list<std::pair<std::size_t, unsigned>> weights) {
        return from(rc::gen::weightedElement<unsigned>(weights));
    }

private:
    rc::Random random_;
};

std::uint16_t& times_of(OpMix& mix, OpKind kind) {
    return mix.times[static_cast<std::size_t>(kind)];
}

// The layout of small_parameters for a window of so many pages.
Parameters layout_for(unsigned pages, std::size_t vmas) {
    Parameters p = small_parameters();
    p.mmap_base = std::max<std::uint64_t>(64, pages + 4);
    p.task_size = 2 * p.mmap_base;
    p.start_brk_bytes = (p.mmap_base - std::min<std::uint64_t>(24, pages / 2)) * page_size + 0x100;
    p.max_map_count = vmas + 2;
    return p;
}

// Each limit and each way of the configuration comes in a part of the cases, near enough to be met.
void vary(Draw& draw, const RandomLimits& limits, Parameters& p) {
    const unsigned pages = limits.pages;
    p.bottom_up = draw.percent(25);
    p.soft_dirty = draw.percent(20);
    p.page_layer = !draw.percent(10);
    p.cap_ipc_lock = draw.percent(30);
    p.cap_sys_rawio = draw.percent(10);
    p.cap_sys_admin = draw.percent(20);
    p.cap_sys_nice = draw.percent(30);
    p.thp = !draw.percent(10);
    p.read_implies_exec = draw.percent(10);
    p.max_map_count = draw.from(rc::gen::weightedElement<std::uint64_t>(
        {{6, p.max_map_count}, {1, std::min<std::uint64_t>(5, p.max_map_count)}, {2, 4 * p.max_map_count}}));
    if (draw.percent(12)) p.rlimit_as = draw.between(pages / 4, 2 * pages);
    if (draw.percent(12)) p.rlimit_data = draw.between(pages / 8, pages);
    if (draw.percent(20)) p.rlimit_memlock = draw.between(0, pages / 4);
    if (draw.percent(10)) p.rlimit_stack = draw.between(1, 8);
    if (draw.percent(5)) p.mmap_min_addr = p.mmap_base - pages / 2;
    p.overcommit_mode = draw.weighted({{7, 0}, {1, 1}, {2, 2}});
    if (p.overcommit_mode == 2) {
        p.commit_limit = draw.between(pages / 2, 3 * pages);
        p.admin_reserve = draw.between(0, 4);
        p.user_reserve = draw.between(0, 4);
    } else if (draw.percent(10)) {
        p.total_memory = draw.between(4, pages);
    }
}

// Swarm selection: a case in four draws every kind of operation as usual, the others leave out some kinds and prefer
// others. mmap is never left out.
OpMix swarm(Draw& draw, const RandomLimits& limits) {
    OpMix mix;
    mix.times = OpMix::every_kind(4);
    if (!draw.percent(25))
        for (std::uint16_t& each : mix.times)
            each = static_cast<std::uint16_t>(draw.weighted({{3, 0}, {5, 4}, {2, 1}, {2, 10}}));
    std::uint16_t& mmap = times_of(mix, OpKind::mmap);
    mmap = std::max<std::uint16_t>(mmap, 2);
    if (limits.processes == 1) times_of(mix, OpKind::fork) = times_of(mix, OpKind::exit) = 0;
    mix.failures = draw.weighted({{3, 0}, {5, 1}, {1, 4}});
    mix.other_steps = draw.weighted({{5, 0}, {4, 1}, {1, 6}});
    mix.whole_window = draw.weighted({{3, 0}, {2, 2}, {1, 10}});
    mix.processes = limits.processes;
    mix.vmas = limits.vmas;
    return mix;
}

enum class Trend { grow, churn, shrink };

OpMix with_trend(OpMix mix, Trend trend) {
    if (trend == Trend::grow) {
        times_of(mix, OpKind::mmap) *= 3;
        times_of(mix, OpKind::split) *= 2;
        times_of(mix, OpKind::munmap) /= 4;
        times_of(mix, OpKind::exit) /= 4;
    }
    if (trend == Trend::shrink) {
        times_of(mix, OpKind::mmap) = 1;
        times_of(mix, OpKind::munmap) = 20;
        if (mix.processes > 1) times_of(mix, OpKind::exit) = 20;
    }
    return mix;
}

}  // namespace

std::uint64_t case_seed(std::uint64_t seed, std::uint64_t number) {
    return mix(mix(seed + golden) + (number + 1) * golden);
}

CasePlan plan_case(std::uint64_t seed, std::uint64_t number, const RandomLimits& limits) {
    CasePlan plan;
    plan.seed = case_seed(seed, number);
    Draw draw(plan.seed);
    plan.parameters = layout_for(limits.pages, limits.vmas);
    vary(draw, limits, plan.parameters);
    plan.window = draw.between(std::max(4u, limits.pages / 3), limits.pages);
    const OpMix usual = swarm(draw, limits);
    // From a full state to an almost empty one and back, some times in a case.
    const unsigned cycles = draw.between(1, 8);
    const unsigned cycle = std::max(8u, limits.case_steps / cycles);
    const unsigned grow = draw.between(1, cycle / 4);
    const unsigned shrink = draw.between(1, cycle / 8);
    plan.phases = {{with_trend(usual, Trend::grow), grow},
                   {with_trend(usual, Trend::churn), cycle - grow - shrink},
                   {with_trend(usual, Trend::shrink), shrink}};
    make_special(plan);
    return plan;
}

}  // namespace vmacheck
