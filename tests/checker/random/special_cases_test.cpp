// Cases about what ordinary ones never have: each kind is drawn, and its cases have what it is about.
#include "checker/random/special_cases.hpp"

#include "checker/random/case_runner.hpp"
#include "model/op/op_table.hpp"
#include "model/state/build.hpp"
#include "model/state/world.hpp"

#include <gtest/gtest.h>

#include <map>

namespace vmacheck {
namespace {

// The first case of seed 1 that is of the kind and has what is wanted.
template <class F>
CasePlan plan_with(CaseKind kind, F&& has) {
    for (std::uint64_t number = 0; number < 10'000; ++number) {
        CasePlan plan = plan_case(1, number, {});
        if (kind_of_case(plan.seed) == kind && has(plan)) return plan;
    }
    ADD_FAILURE() << "no case of kind " << static_cast<int>(kind);
    return plan_case(1, 0, {});
}
CasePlan plan_of(CaseKind kind) {
    return plan_with(kind, [](const CasePlan&) { return true; });
}

// Performs the operations of a case, and calls f with the World after each.
template <class F>
void perform(const CasePlan& plan, int steps, F&& f) {
    Setup setup;
    setup.parameters = plan.parameters;
    setup.layout = plan.layout;
    const auto world = make_world<Plain>(setup);
    RandomOps ops(plan.seed, plan.parameters, plan.window);
    ops.set_mix(plan.phases.front().mix);
    for (int i = 0; i < steps; ++i) {
        const Op<Plain> op = ops.next(*world);
        world->apply(op);
        f(op, *world);
    }
}

TEST(SpecialCases, AreSevenInSixteen) {
    std::map<CaseKind, int> count;
    for (std::uint64_t seed = 0; seed < 1600; ++seed) ++count[kind_of_case(seed)];
    EXPECT_EQ(count[CaseKind::ordinary], 900);
    EXPECT_EQ(count[CaseKind::huge_pages], 200);
    for (const CaseKind each : {CaseKind::narrow_offsets, CaseKind::long_mappings, CaseKind::over_limits,
                                CaseKind::two_behaviours, CaseKind::programs})
        EXPECT_EQ(count[each], 100);
}

TEST(SpecialCases, OrdinaryOnesDrawNothingOfTheirs) {
    const CasePlan plan = plan_of(CaseKind::ordinary);
    EXPECT_TRUE(plan.layout.empty());
    for (const Phase& each : plan.phases) {
        EXPECT_EQ(each.mix.last_offsets, 0u);
        EXPECT_EQ(each.mix.long_lengths, 0u);
        EXPECT_EQ(each.mix.far_arguments, 0u);
        EXPECT_EQ(each.mix.execs, 0u);
    }
}

TEST(SpecialCases, PageOffsetsEndWhereFilesAreMapped) {
    const CasePlan plan = plan_of(CaseKind::narrow_offsets);
    const std::uint64_t last = std::uint64_t{1} << plan.parameters.pgoff_bits;
    ASSERT_LT(last, std::uint64_t{1} << 20);
    int near = 0;
    perform(plan, 2000, [&](const Op<Plain>& op, const World<Plain>&) {
        near += op.kind == OpKind::mmap && op.file != 0 && op.offset.page + 9 > last ? 1 : 0;
    });
    EXPECT_GT(near, 5);
}

TEST(SpecialCases, StacksThatGrowUpAreThereInHalfOfThem) {
    const CasePlan plan = plan_with(CaseKind::narrow_offsets, [](const CasePlan& each) {
        return !each.layout.empty() && each.parameters.stack_grows_up;
    });
    EXPECT_TRUE(plan.parameters.stack_grows_up);
    int grown = 0;
    for (std::uint64_t number = 0; number < 400; ++number) {
        const CasePlan each = plan_case(1, number, {});
        if (kind_of_case(each.seed) != CaseKind::narrow_offsets || !each.parameters.stack_grows_up) continue;
        perform(each, 500, [&](const Op<Plain>&, const World<Plain>& world) {
            grown += world.outcome().has(Event::stack_grown) ? 1 : 0;
        });
    }
    EXPECT_GT(grown, 0);
}

TEST(SpecialCases, MappingsOf31BitsAreMade) {
    std::uint64_t most = 0;
    perform(plan_of(CaseKind::long_mappings), 2000, [&](const Op<Plain>&, const World<Plain>& world) {
        if (const MmId mm = world.process(0)) most = std::max(most, world[mm].total_vm.value());
    });
    EXPECT_GE(most, std::uint64_t{1} << 31);
}

TEST(SpecialCases, MoreIsMappedThanALimitAllows) {
    const CasePlan plan =
        plan_with(CaseKind::over_limits, [](const CasePlan& each) { return each.parameters.rlimit_as < 18; });
    vmacheck::Setup setup;
    setup.parameters = plan.parameters;
    setup.layout = plan.layout;
    const auto world = make_world<Plain>(setup);
    EXPECT_GT((*world)[world->process(0)].total_vm.value(), plan.parameters.rlimit_as);
}

TEST(SpecialCases, ProgramsStartAndFailInEveryWay) {
    std::map<Errno, int> ends;
    for (std::uint64_t number = 0; number < 1000; ++number) {
        const CasePlan plan = plan_case(1, number, {});
        if (kind_of_case(plan.seed) != CaseKind::programs) continue;
        perform(plan, 1000, [&](const Op<Plain>& op, const World<Plain>& world) {
            if (op.kind == OpKind::exec) ++ends[world.outcome().error];
        });
    }
    for (const Errno each : {Errno::ok, Errno::enomem, Errno::e2big, Errno::einval, Errno::sigsegv})
        EXPECT_GT(ends[each], 0) << name(each);
}

TEST(SpecialCases, EveryOperationHasFarArguments) {
    const CasePlan plan = plan_of(CaseKind::two_behaviours);
    std::map<OpKind, int> far;
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
        CasePlan each = plan;
        each.seed = seed;
        for (Phase& phase : each.phases) phase.mix.times = OpMix::every_kind(1);
        perform(each, 20'000, [&](const Op<Plain>& op, const World<Plain>&) {
            for (const Argument& argument : operation(op.kind).arguments)
                with_field(op, argument.field, [&]<class Member>(const Member& member) {
                    if constexpr (std::is_same_v<Member, Bytes<Plain>>)
                        far[op.kind] += member.page + 4 > pages_in_64_bits ? 1 : 0;
                });
        });
    }
    for (const OpKind each : {OpKind::mmap, OpKind::munmap, OpKind::mprotect, OpKind::brk, OpKind::mremap,
                              OpKind::madvise, OpKind::mlock, OpKind::munlock, OpKind::mbind, OpKind::shmat,
                              OpKind::shmdt, OpKind::remap_file_pages, OpKind::uffd_register, OpKind::truncate})
        EXPECT_GT(far[each], 0) << name(each);
}

TEST(SpecialCases, FilesDoTwoThingsAtOnce) {
    int handed = 0;
    int failed = 0;
    const CasePlan plan = plan_of(CaseKind::two_behaviours);
    const auto spec = [&](const Op<Plain>& op) {
        return op.kind == OpKind::mmap && op.file != 0 && op.file <= plan.parameters.files.size()
                   ? plan.parameters.files[op.file - 1u]
                   : FileSpec{};
    };
    perform(plan, 4000, [&](const Op<Plain>& op, const World<Plain>& world) {
        const FileSpec file = spec(op);
        if (file.mmap_file == 0 || (file.mmap_error == Errno::ok && !file.arch_refuses)) return;
        ++handed;
        failed += world.outcome().ok() ? 0 : 1;
    });
    EXPECT_GT(handed, 0);
    EXPECT_EQ(failed, handed) << "such a mapping cannot succeed";
}

}  // namespace
}  // namespace vmacheck
