// Two million random steps, several processes and failing allocations included: with the repaired kernel every property
// holds; with the kernel as released each finding is due to a bug it was shipped with, and each of those is found.
#include "checker/random/random_ops.hpp"
#include "model/faults/accounting.hpp"
#include "model/faults/fault_table.hpp"
#include "model/faults/mremap.hpp"
#include "model/faults/stack.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/properties/shipped_culprits.hpp"
#include "tests/support/varied_parameters.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>

namespace vmacheck {
namespace {

constexpr std::uint64_t all_steps = 2'000'000;

// The page on one line, without the commas of numbers.
std::string page() {
    std::ifstream file(PAGE_FILE);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return std::regex_replace(std::regex_replace(text, std::regex("([0-9]),([0-9])"), "$1$2"), std::regex("\\s+"), " ");
}

// The windows of random operations have no room for what it takes, or it takes exec, which is not drawn here.
bool is_out_of_reach(Fault fault) {
    return fault == faults::mremap_growth_width || fault == faults::mlock_count_width ||
           fault == faults::exec_shift_uncharge;
}

// What a run went through, so that it cannot be empty unnoticed.
struct Figures {
    std::uint64_t steps = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed_allocations = 0;
    std::uint64_t of_others = 0;  // steps of processes that others forked
    std::map<OpKind, std::uint64_t> kinds;

    void add(const Op<Plain>& op, const Outcome<Plain>& outcome) {
        ++steps;
        if (outcome.ok()) ++succeeded;
        if (outcome.has(Event::alloc_failed)) ++failed_allocations;
        if (op.process != 0) ++of_others;
        ++kinds[op.kind];
    }
    void expect_all_kinds() const {
        for (std::size_t kind = 0; kind < drawn_kinds; ++kind)
            EXPECT_GT(kinds.count(static_cast<OpKind>(kind)), 0u) << name(static_cast<OpKind>(kind));
        EXPECT_GT(succeeded, steps / 3);
        EXPECT_GT(failed_allocations, steps / 200);
        EXPECT_GT(of_others, steps / 10);
    }
};

TEST(TwoMillionSteps, hold_in_the_repaired_kernel) {
    constexpr std::uint64_t runs = 100;
    Figures figures;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        Parameters p = varied_parameters(seed);
        p.stack_grows_up = seed % 10 == 0;
        World<Plain> world(p, default_profile());
        if (p.stack_grows_up) start_with_stacks_that_grow_up(world);
        RandomOps ops(seed * 1'000'003, p, seed % 2 == 0 ? 24 : 60);
        ops.set_mix(mix_with_more_failures());
        const auto checker = make_property_checker<Plain>();
        Report report;
        for (std::uint64_t step = 0; step < all_steps / runs; ++step) {
            const Op<Plain> op = ops.next(world);
            figures.add(op, world.apply(op));
            checker->check_step(world, op, report);
            if (step % 256 == 255 && report.empty()) checker->check_all(world, report);
            ASSERT_TRUE(report.empty()) << "seed " << seed << ", step " << step << ": " << name(op.kind)
                                        << text_of(report);
        }
    }
    EXPECT_EQ(figures.steps, all_steps);
    figures.expect_all_kinds();
    RecordProperty("succeeded", std::to_string(figures.succeeded));
    RecordProperty("failed_allocations", std::to_string(figures.failed_allocations));
}

TEST(TwoMillionSteps, find_the_shipped_bugs_and_nothing_else) {
    Figures figures;
    std::map<Fault, int> findings;
    int all_findings = 0;
    int together = 0;
    for (std::uint64_t seed = 1; figures.steps < all_steps; ++seed) {
        const Parameters p = varied_parameters(seed);
        World<Plain> world(p, default_profile(), default_profile().shipped);
        RandomOps generator(seed * 7'919, p, seed % 2 == 0 ? 24 : 60);
        generator.set_mix(mix_with_more_failures());
        const auto checker = make_property_checker<Plain>();
        std::vector<Op<Plain>> ops;
        Report report;
        while (report.empty() && ops.size() < 4000 && figures.steps < all_steps) {
            ops.push_back(generator.next(world));
            figures.add(ops.back(), world.apply(ops.back()));
            checker->check_step(world, ops.back(), report);
        }
        if (report.empty()) continue;
        const std::vector<Fault> culprits = culprits_of(p, ops);
        EXPECT_FALSE(culprits.empty()) << "seed " << seed << " step " << ops.size() << ": " << text_of(report);
        ++all_findings;
        for (const Fault each : culprits) ++findings[each];
        if (culprits.size() > 1) ++together;
    }
    figures.expect_all_kinds();
    int shipped = 0;
    int met = 0;
    for (const FaultInfo& each : all_faults()) {
        if (!default_profile().shipped.has(each.fault)) continue;
        ++shipped;
        RecordProperty(std::string(each.name), findings[each.fault]);
        if (is_out_of_reach(each.fault)) continue;
        ++met;
        EXPECT_GT(findings[each.fault], 0) << each.name;
    }
    RecordProperty("two_bugs_in_one_step", together);
    const std::string due = fmt::format("{} findings, each due to one of the {} shipped bugs", all_findings, shipped);
    EXPECT_NE(page().find(due), std::string::npos) << "tests/README.md should say: " << due;
    const std::string all = fmt::format("each of the {} that need no VMA of 2^31 pages", met);
    EXPECT_NE(page().find(all), std::string::npos) << "tests/README.md should say: " << all;
    const std::string two = fmt::format("({} to two that strike in one step)", together);
    EXPECT_NE(page().find(two), std::string::npos) << "tests/README.md should say: " << two;
}

}  // namespace
}  // namespace vmacheck
