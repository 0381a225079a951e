// Every fault is found by the properties when it is switched on, by random operations; nothing else is found in what was
// released.
#include "checker/random/random_ops.hpp"
#include "model/faults/fault_table.hpp"
#include "model/state/world.hpp"
#include "properties/run/catalogue.hpp"
#include "tests/properties/shipped_culprits.hpp"
#include "tests/support/rare_faults.hpp"
#include "tests/support/report_text.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmacheck {
namespace {

void set_parameters(Parameters& p) {
    p.rlimit_as = 24;
    p.rlimit_data = 12;
    p.overcommit_mode = 2;
    p.commit_limit = 24;
    p.admin_reserve = 0;
    p.soft_dirty = true;
}

// Steps until the check after a step says something; 0 if it does not within the limit.
int steps_to_find(Fault fault, std::uint64_t seed, int limit, std::string* said) {
    Parameters p = small_parameters();
    if (needs_parameters(fault)) set_parameters(p);
    World<Plain> world(p, default_profile(), FaultSet{}.add(fault));
    RandomOps ops(seed, p, 40);
    const auto checker = make_property_checker<Plain>();
    Report report;
    for (int step = 1; step <= limit; ++step) {
        const Op<Plain> op = ops.next(world);
        world.apply(op);
        checker->check_step(world, op, report);
        if (report.empty()) {
            // Nothing the check after a step passes over may be left for the sweep.
            checker->check_all(world, report);
            if (report.empty()) continue;
            *said = "only in a sweep: " + text_of(report);
            return -step;
        }
        *said = report.violations().front().property;
        return step;
    }
    return 0;
}
// By seed.
class RandomOpsWithFaults : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomOpsWithFaults, find_each_at_the_step_that_does_it) {
    for (const FaultInfo& each : all_faults()) {
        if (too_rare(each.fault)) continue;
        std::string said;
        const int steps = steps_to_find(each.fault, GetParam(), 250'000, &said);
        EXPECT_GT(steps, 0) << each.name << (steps < 0 ? fmt::format(" step {} {}", -steps, said) : " is not found");
        RecordProperty(std::string(each.name), fmt::format("{} steps, {}", steps, said));
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomOpsWithFaults, testing::Values(1, 2, 3, 4, 5));

// Nobody need stop at the first violation: what a fault has left behind gives findings, or an assertion of the model,
// and never an endless walk or undefined behaviour, which the sanitizers would see here.
TEST(FaultsTest, the_model_survives_what_a_fault_leaves_behind) {
    const Parameters p = small_parameters();
    for (const FaultInfo& each : all_faults())
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            World<Plain> healthy(p, default_profile());
            World<Plain> world(p, default_profile(), FaultSet{}.add(each.fault));
            RandomOps ops(seed, p, 40);
            for (int step = 0; step < 1500; ++step) {
                const Op<Plain> op = ops.next(healthy);
                healthy.apply(op);
                try {
                    world.apply(op);
                } catch (const InternalAssertion&) {  // the step is undone, and the next may do
                }
            }
        }
}

TEST(FaultsTest, as_released_nothing_but_the_shipped_bugs_is_found) {
    std::set<Fault> found;
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        Parameters p = small_parameters();
        if (seed % 4 == 0) set_parameters(p);
        World<Plain> world(p, default_profile(), default_profile().shipped);
        RandomOps generator(seed, p, 40);
        const auto checker = make_property_checker<Plain>();
        std::vector<Op<Plain>> ops;
        Report report;
        while (report.empty() && ops.size() < 4000) {
            ops.push_back(generator.next(world));
            world.apply(ops.back());
            checker->check_step(world, ops.back(), report);
        }
        if (report.empty()) continue;
        const std::vector<Fault> culprits = culprits_of(p, ops);
        EXPECT_FALSE(culprits.empty()) << "seed " << seed << " step " << ops.size() << ": " << text_of(report);
        found.insert(culprits.begin(), culprits.end());
    }
    for (const FaultInfo& each : all_faults()) {
        if (!default_profile().shipped.has(each.fault) || too_rare(each.fault)) continue;
        EXPECT_TRUE(found.count(each.fault)) << each.name;
    }
}

}  // namespace
}  // namespace vmacheck
