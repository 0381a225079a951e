// Properties of observations: each is violated by what it forbids, says nothing about what is not shown, and holds of
// everything the model shows on random runs.
#include "properties/observed/observed_properties.hpp"

#include "model/state/build.hpp"
#include "model/state/observe.hpp"
#include "tests/support/varied_parameters.hpp"
#include "traces/format/reader.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmacheck {
namespace {

VmaView area(std::uint64_t start, std::uint64_t end, VmFlags flags = vm::read | vm::write | vm::may_access) {
    VmaView vma;
    vma.start = start;
    vma.end = end;
    vma.flags = flags;
    return vma;
}

// One process with these VMAs and no counters.
Observation shown(std::vector<VmaView> vmas) {
    Observation observation;
    ProcessView& process = observation.processes[0];
    process.shown = process.vmas_shown = process.alive = true;
    process.vmas = std::move(vmas);
    return observation;
}

std::vector<std::string> texts(const Observation& observation) {
    Report report;
    check_observation(observation, report);
    std::vector<std::string> all;
    for (const Violation& each : report.violations()) all.push_back(each.property + ": " + each.text);
    return all;
}

using Texts = std::vector<std::string>;

TEST(Observed, NamesStandForOnePropertyEach) {
    std::set<std::string_view> names;
    for (const PropertyInfo& each : observed_properties()) {
        EXPECT_EQ(each.kind, PropertyKind::observed) << each.name;
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_FALSE(each.statement.empty()) << each.name;
    }
    EXPECT_EQ(names.size(), 9u);
}

TEST(Observed, WhatIsNotShownIsNotChecked) {
    EXPECT_EQ(texts({}), Texts{});
    Observation observation = shown({area(2, 4), area(4, 5)});  // without counters
    EXPECT_EQ(texts(observation), Texts{});
    observation.processes[0].map_count = 7;
    observation.processes[0].vmas_shown = false;
    EXPECT_EQ(texts(observation), Texts{});
    observation.processes[0] = {.shown = true, .vmas_shown = true, .alive = false};
    observation.processes[0].map_count = 7;
    EXPECT_EQ(texts(observation), Texts{});
}

TEST(Observed, ListOrder) {
    EXPECT_EQ(texts(shown({area(4, 6), area(2, 3)})),
              Texts{"observed-order: VMA [0x2000,0x3000) is listed after VMA [0x4000,0x6000)"});
    EXPECT_EQ(texts(shown({area(4, 6), area(5, 7)})),
              Texts{"observed-order: VMA [0x5000,0x7000) is listed after VMA [0x4000,0x6000)"});
    EXPECT_EQ(texts(shown({area(4, 6), area(6, 7)})), Texts{});
}

TEST(Observed, RangesHoldPages) {
    EXPECT_EQ(texts(shown({area(4, 4)})), Texts{"observed-ranges: VMA [0x4000,0x4000) holds no page"});
    EXPECT_EQ(texts(shown({area(4, 3)})), Texts{"observed-ranges: VMA [0x4000,0x3000) holds no page"});
    EXPECT_EQ(texts(shown({area(4, pages_in_64_bits + 1)})),
              Texts{"observed-ranges: the VMA of pages 0x4 to 0x10000000000001 ends beyond 64 bits"});
}

TEST(Observed, MapCountIsTheNumberOfVmas) {
    Observation observation = shown({area(2, 4), area(4, 5)});
    observation.processes[0].map_count = 3;
    EXPECT_EQ(texts(observation), Texts{"observed-map-count: map_count is 3, expected 2"});
    observation.processes[0].map_count = 2;
    EXPECT_EQ(texts(observation), Texts{});
}

TEST(Observed, CountersArePagesOfVmas) {
    Observation observation = shown({area(2, 4), area(4, 7, vm::read | vm::locked), area(8, 9, vm::growsdown)});
    ProcessView& process = observation.processes[0];
    process.total_vm = 6;
    process.locked_vm = 3;
    process.stack_vm = 1;
    EXPECT_EQ(texts(observation), Texts{});
    process.total_vm = 5;
    process.locked_vm = 0;
    process.stack_vm = 2;
    EXPECT_EQ(texts(observation), (Texts{"observed-total-vm: total_vm is 5 pages, expected 6",
                                         "observed-stack-vm: stack_vm is 2 pages, expected 1",
                                         "observed-locked-vm: locked_vm is 0 pages, expected 3"}));
    std::swap(observation.processes[0], observation.processes[3]);
    EXPECT_EQ(texts(observation).front(), "observed-total-vm: process 3: total_vm is 5 pages, expected 6");
}

TEST(Observed, StacksMayGrowUp) {
    Observation observation = shown({area(2, 4, vm::growsup), area(5, 6, vm::growsdown)});
    observation.processes[0].stack_vm = 2;
    EXPECT_EQ(texts(observation), Texts{});
}

TEST(Observed, SharedImpliesMayShare) {
    EXPECT_EQ(texts(shown({area(2, 4, vm::read | vm::shared)})),
              Texts{"observed-sharing: VMA [0x2000,0x4000) has VM_SHARED without VM_MAYSHARE"});
    EXPECT_EQ(texts(shown({area(2, 4, vm::read | vm::may_share)})), Texts{});  // a file opened read-only
}

TEST(Observed, OffsetsDoNotWrap) {
    VmaView vma = area(2, 4);
    vma.pgoff = ~std::uint64_t{0};
    EXPECT_EQ(texts(shown({vma})), Texts{"observed-offsets: the page offset of VMA [0x2000,0x4000) is "
                                         "0xffffffffffffffff, expected at most 0xfffffffffffffffe"});
    vma.pgoff = 2;
    EXPECT_EQ(texts(shown({vma})), Texts{});
}

TEST(Observed, AnonVmaAndChainAgree) {
    VmaView vma = area(2, 4);
    vma.anon_vma = 1;
    EXPECT_EQ(texts(shown({vma})), Texts{});  // the chain is not shown
    vma.chain = 0;
    EXPECT_EQ(texts(shown({vma})), Texts{"observed-anon-vma: VMA [0x2000,0x4000) has anon_vma 1 and an empty chain"});
    vma.anon_vma = 0;
    vma.chain = 2;
    EXPECT_EQ(texts(shown({vma})), Texts{"observed-anon-vma: VMA [0x2000,0x4000) has no anon_vma and a chain of 2"});
}

// The first violation of what the model shows of itself on the trace of a fault.
std::string found_in(const std::string& fault) {
    const ReadResult read = read_trace_file(std::string(FAULTS_DIRECTORY) + "/" + fault + ".jsonl");
    const Trace& trace = std::get<Trace>(read);
    const auto world = make_world<Plain>(trace.header);
    AnonNumbers numbers;
    for (const TraceStep& each : trace.steps) {
        world->apply(each.op);
        Report report;
        check_observation(observe(*world, numbers), report);
        if (!report.empty()) return report.violations().front().property;
    }
    return "none";
}

TEST(Observed, FaultsShowFromOutside) {
    EXPECT_EQ(found_in("merge-map-count-kept"), "observed-map-count");
    EXPECT_EQ(found_in("munmap-partial-total-vm"), "observed-total-vm");
    EXPECT_EQ(found_in("dontunmap-locked-partial"), "observed-locked-vm");
    EXPECT_EQ(found_in("interval-last-kept"), "none");  // inside the kernel only
}

TEST(Observed, TheModelShowsNothingWrong) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Parameters p = varied_parameters(seed);
        p.stack_grows_up = seed == 12;
        World<Plain> world(p, default_profile());
        RandomOps ops(seed, p, 40);
        AnonNumbers numbers;
        for (int i = 0; i < 6000; ++i) {
            world.apply(ops.next(world));
            if (i % 5 != 0) continue;
            Report report;
            check_observation(observe(world, numbers), report);
            ASSERT_TRUE(report.empty()) << "seed " << seed << " step " << i << ": " << report.violations().front().text;
        }
    }
}

}  // namespace
}  // namespace vmacheck
