// What the canonical form leaves out can be told apart by nobody.
#include "checker/exhaustive/reduction_check.hpp"
#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

struct Compared {
    const char* scope;
    unsigned pages;
    std::uint64_t depth;
};

class Reductions : public testing::TestWithParam<Compared> {};

TEST_P(Reductions, GiveTheSameCanonicalStatesVerdictsAndCoverage) {
    const Compared& each = GetParam();
    const ReductionComparison seen = compare_reductions(scope_named(each.scope, each.pages), each.depth, 3'000);
    EXPECT_EQ(seen.difference, "");
    EXPECT_EQ(seen.broken_at, 0u);
    EXPECT_GE(seen.unreduced, seen.shaped);
    EXPECT_GE(seen.shaped, seen.reduced);
}

INSTANTIATE_TEST_SUITE_P(Scopes, Reductions,
                         testing::Values(Compared{"peer", 3, 4}, Compared{"anon", 2, 3}, Compared{"move", 2, 4},
                                         Compared{"lock", 2, 3}, Compared{"heap", 2, 3}, Compared{"stack", 3, 3},
                                         Compared{"file", 2, 3}, Compared{"family", 1, 5}, Compared{"swap", 1, 5},
                                         Compared{"core", 1, 4}, Compared{"merge", 2, 4}, Compared{"chains", 2, 5}),
                         [](const auto& each) { return std::string(each.param.scope); });

TEST(Reductions, BreakAtTheSameDepthWithEachFault) {
    std::size_t broken = 0;
    for (const FaultInfo& fault : all_faults()) {
        SCOPED_TRACE(fault.name);
        for (const auto& [name, pages] : std::map<std::string, unsigned>{{"peer", 3}, {"family", 1}}) {
            Scope scope = scope_named(name, pages);
            scope.setup.faults = {std::string(fault.name)};
            const ReductionComparison seen = compare_reductions(scope, 4, 400);
            EXPECT_EQ(seen.difference, "");
            broken += seen.broken_at != 0 ? 1 : 0;
        }
    }
    EXPECT_GE(broken, 12u) << "many of the faults show so early";
}

}  // namespace
}  // namespace vmacheck
