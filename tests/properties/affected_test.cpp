// After a step, what is not looked at cannot have broken: a step that touched nothing is one that changed nothing, and
// a property that is called only after changes of what it says it reads finds as much as when it is always called.
#include "checker/random/random_ops.hpp"
#include "model/faults/fault_table.hpp"
#include "properties/run/catalogue_list.hpp"
#include "properties/run/group_checker.hpp"
#include "tests/support/report_text.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

TEST(AffectedTest, a_step_that_touches_nothing_changes_nothing) {
    World<Plain> world(small_parameters(), default_profile());
    RandomOps ops(3, world.parameters(), 32);
    int untouched = 0;
    for (int step = 0; step < 20'000; ++step) {
        const std::vector<std::uint64_t> before = world.flatten();
        world.apply(ops.next(world));
        if (world.touched()) continue;
        ++untouched;
        ASSERT_EQ(world.flatten(), before) << "step " << step;
    }
    EXPECT_GT(untouched, 5000);
}

// A property that is called whatever changed.
template <class P>
struct AlwaysAsked : P {
    static constexpr Changes reads = changed::anything;
};
template <class Group>
struct AlwaysAskedGroup;
template <class D, class... P>
struct AlwaysAskedGroup<PropertyGroupOf<D, P...>> {
    using type = PropertyGroupOf<D, AlwaysAsked<P>...>;
};

template <class... Groups>
std::unique_ptr<PropertyChecker<Plain>> checker_of() {
    GroupChecker<Plain>::Groups groups;
    (groups.push_back(std::make_unique<Groups>()), ...);
    return std::make_unique<GroupChecker<Plain>>(std::move(groups));
}
template <class... Groups>
std::unique_ptr<PropertyChecker<Plain>> always_asking_checker_of() {
    return checker_of<typename AlwaysAskedGroup<Groups>::type...>();
}

TEST(AffectedTest, what_a_property_does_not_read_cannot_break_it) {
    const auto as_stated = checker_of<VmaProperties<Plain>, ReverseMappingProperties<Plain>, PageProperties<Plain>,
                                      FileProperties<Plain>, AccountingProperties<Plain>, EffectProperties<Plain>>();
    const auto always =
        always_asking_checker_of<VmaProperties<Plain>, ReverseMappingProperties<Plain>, PageProperties<Plain>,
                                 FileProperties<Plain>, AccountingProperties<Plain>, EffectProperties<Plain>>();
    const Parameters parameters = small_parameters();
    int found = 0;
    for (const FaultInfo& each : all_faults())
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            World<Plain> world(parameters, default_profile(), FaultSet{}.add(each.fault));
            RandomOps ops(seed, parameters, 40);
            Report report;
            for (int step = 0; step < 3000 && report.empty(); ++step) {
                const Op<Plain> op = ops.next(world);
                world.apply(op);
                as_stated->check_step(world, op, report);
                Report expected;
                always->check_step(world, op, expected);
                ASSERT_EQ(text_of(report), text_of(expected)) << each.name << " seed " << seed << " step " << step;
            }
            found += report.empty() ? 0 : 1;
        }
    EXPECT_GT(found, 60);
}

}  // namespace
}  // namespace vmacheck
