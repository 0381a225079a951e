// Contracts and refinement on random operations, in both domains.
#include "checker/random/random_ops.hpp"
#include "model/op/convert.hpp"
#include "properties/contracts/commit_limit.hpp"
#include "properties/contracts/guard_gap.hpp"
#include "properties/contracts/hiwater_vm.hpp"
#include "properties/contracts/lock_balance.hpp"
#include "properties/contracts/map_count_limit.hpp"
#include "properties/contracts/merge_case_table.hpp"
#include "properties/contracts/missed_merge.hpp"
#include "properties/contracts/pages_survive.hpp"
#include "properties/contracts/residue.hpp"
#include "properties/contracts/resource_limits.hpp"
#include "properties/contracts/soft_dirty.hpp"
#include "properties/contracts/touches_only.hpp"
#include "properties/refinement/page_map.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

template <class D>
void look(const Step<D>& step, Report& report) {
    LockBalance<D>::step(step, report);
    TouchesOnly<D>::step(step, report);
    ResidueOfErrors<D>::step(step, report);
    MapCountLimit<D>::step(step, report);
    ResourceLimits<D>::step(step, report);
    CommitLimit<D>::step(step, report);
    GuardGap<D>::step(step, report);
    HiwaterVm<D>::step(step, report);
    PagesSurvive<D>::step(step, report);
    MergeCaseTable<D>::step(step, report);
    MissedMerge<D>::step(step, report);
    SoftDirty<D>::step(step, report);
    PageMapRefinement<D>::step(step, report);
}

std::string in_words(const Op<Plain>& op) {
    return fmt::format(
        "{} process {} target {} addr {:#x} len {:#x} new_len {:#x} new_addr {:#x} call_flags {:#x} prot {:#x} flags "
        "{:#x} file "
        "{} "
        "offset {:#x} advice {} access {} fail {}:{}",
        name(op.kind), op.process, op.target, op.addr.value(), op.len.value(), op.new_len.value(), op.new_addr.value(),
        op.call_flags, op.prot, op.flags, op.file, op.offset.value(), name(op.advice), name(op.access),
        name(op.fail_alloc.kind), op.fail_alloc.nth);
}

// Variations of the parameters, so that each limit and each layout is met.
Parameters variation(unsigned which) {
    Parameters p = small_parameters();
    switch (which) {
        case 1: p.bottom_up = true; break;
        case 2:
            p.overcommit_mode = 2;
            p.commit_limit = 60;
            p.admin_reserve = 2;
            p.user_reserve = 1;
            break;
        case 3:
            p.rlimit_as = 30;
            p.rlimit_stack = 4;
            break;
        case 4:
            p.rlimit_data = 12;
            p.rlimit_memlock = 4;
            p.total_memory = 10;
            break;
        case 5:
            p.max_map_count = 5;
            p.page_layer = false;
            break;
        case 6:
            p.read_implies_exec = true;
            p.soft_dirty = true;
            p.rlimit_memlock = 0;
            p.mmap_min_addr = 36;
            break;
        case 7:
            p.rlimit_memlock = 6;
            p.max_map_count = 24;
            break;
        case 8:
            p.rlimit_memlock = 0;
            p.cap_ipc_lock = true;
            p.cap_sys_rawio = true;
            p.rlimit_data = 20;
            p.file_table_full = true;
            break;
        default: break;
    }
    return p;
}

// What is said of a step alone is said of steps within which no other task takes one.
OpMix alone() {
    OpMix mix;
    mix.other_steps = 0;
    return mix;
}

class RandomSteps : public testing::TestWithParam<unsigned> {};

TEST_P(RandomSteps, hold) {
    const Parameters p = variation(GetParam());
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        World<Plain> world(p, default_profile());
        RandomOps ops(seed * 100 + GetParam(), p, seed % 2 == 0 ? 20 : 44);
        ops.set_mix(alone());
        Report report;
        for (int i = 0; i < 20000; ++i) {
            const Op<Plain> op = ops.next(world);
            const Outcome<Plain>& outcome = world.apply(op);
            look(Step<Plain>{world, op, outcome}, report);
            if (!report.empty())
                FAIL() << "seed " << seed << " step " << i << ": " << in_words(op) << " gave " << name(outcome.error)
                       << ' ' << std::hex << outcome.value.value() << ": " << report.violations().front().property
                       << ": " << report.violations().front().text;
        }
    }
}

TEST_P(RandomSteps, hold_traced) {
    const Parameters p = variation(GetParam());
    World<Plain> plain(p, default_profile());
    World<Traced> world(p, default_profile());
    RandomOps ops(7, p, 32);
    ops.set_mix(alone());
    Report report;
    for (int i = 0; i < 2000; ++i) {
        const Op<Plain> op = ops.next(plain);
        plain.apply(op);
        const Op<Traced> traced = convert<Traced>(op);
        const Outcome<Traced>& outcome = world.apply(traced);
        look(Step<Traced>{world, traced, outcome}, report);
        ASSERT_TRUE(report.empty()) << in_words(op) << ": " << report.violations().front().text;
    }
    EXPECT_EQ(plain.flatten(), world.flatten());
}

INSTANTIATE_TEST_SUITE_P(Parameters, RandomSteps, testing::Range(0u, 9u));

}  // namespace
}  // namespace vmacheck
