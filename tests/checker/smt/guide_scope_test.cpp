// Guided exploration within a scope: from nothing it reaches what the explorer, which visits every state, finds to be
// reachable, and nothing else.
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/exhaustive/search.hpp"
#include "checker/run/replay.hpp"
#include "checker/smt/guide.hpp"
#include "properties/run/full_catalogue.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace vmacheck::smt {
namespace {

struct Case {
    const char* scope;
    unsigned pages;
    std::uint64_t ops;
};

void PrintTo(const Case& each, std::ostream* out) {
    *out << each.scope;
}

Scope scope_of(const Case& each) {
    std::optional<Scope> scope = built_in_scope(each.scope, each.pages);
    if (!scope) throw std::logic_error("no such scope");
    return *std::move(scope);
}

std::set<std::string> cells_of(const ReachTable& reach) {
    std::set<std::string> names;
    for (ReachTable::Cell cell = 0; cell < reach.cells(); ++cell)
        if (reach.count(cell) != 0) names.insert(ReachTable::name(cell));
    return names;
}

GuideOptions within(const Case& each) {
    GuideOptions options;
    options.scope = scope_of(each);
    options.setup = options.scope->setup;
    options.ops = each.ops;
    return options;
}

class GuideInScope : public testing::TestWithParam<Case> {};

TEST_P(GuideInScope, reaches_all_that_explore_reaches_and_nothing_else) {
    const GuideResult guided = run_guide(within(GetParam()));
    ASSERT_FALSE(guided.found);
    ASSERT_TRUE(guided.reach);
    const ExploreResult explored = Search(scope_of(GetParam()), {}).run();
    ASSERT_TRUE(explored.complete);
    EXPECT_EQ(cells_of(*guided.reach), cells_of(explored.reach));
    EXPECT_EQ(guided.reach->reached(), cells_of(explored.reach).size());
}

INSTANTIATE_TEST_SUITE_P(EachScope, GuideInScope,
                         testing::Values(Case{"peer", 3, 30'000}, Case{"anon", 2, 600'000}, Case{"move", 2, 60'000},
                                         Case{"lock", 2, 60'000}, Case{"heap", 2, 600'000}, Case{"stack", 3, 60'000},
                                         Case{"file", 2, 600'000}, Case{"family", 1, 60'000}, Case{"core", 1, 60'000},
                                         Case{"swap", 1, 60'000}, Case{"merge", 2, 100'000}, Case{"chains", 1, 60'000}),
                         [](const testing::TestParamInfo<Case>& info) { return std::string(info.param.scope); });

// A failing call is undone in `peer`, but not before it is told what it broke.
TEST(GuideInAScope, keeps_the_call_that_broke_a_property_though_it_failed) {
    GuideOptions options = within({"family", 1, 200'000});
    options.scope->failing_calls = false;
    options.scope->alloc_failures = 6;
    options.scope->setup.faults = {"av-fork-leak"};
    const GuideResult result = run_guide(options);
    ASSERT_TRUE(result.found);
    ReplayOptions replaying;
    replaying.checker = make_full_checker();
    const ReplayResult replayed = replay(result.found->trace, replaying);
    ASSERT_TRUE(replayed.broken);
    EXPECT_EQ(replayed.broken.violations.front().property, result.found->property());
    EXPECT_EQ(replayed.broken.step, result.found->trace.steps.size());
}

TEST(GuideInAScope, ends_where_no_call_can_be_made) {
    Scope scope = scope_of({"family", 1, 0});
    std::erase_if(scope.calls, [](const Calls& each) { return each.kind != OpKind::fork; });
    GuideOptions options;
    options.scope = scope;
    options.setup = scope.setup;
    options.ops = 1000;
    const GuideResult result = run_guide(options);  // forks until there is no room, then begins again
    EXPECT_FALSE(result.found);
    EXPECT_GE(result.steps, 1000u);
    for (Calls& each : options.scope->calls) each.kind = OpKind::exit;
    EXPECT_THROW(run_guide(options), std::runtime_error);
    options.scope->calls.clear();
    EXPECT_THROW(run_guide(options), std::runtime_error);
}

TEST(GuideInAScope, repeats_byte_for_byte) {
    const Case each{"lock", 2, 5'000};
    const GuideResult first = run_guide(within(each));
    const GuideResult second = run_guide(within(each));
    EXPECT_EQ(first.digest, second.digest);
    EXPECT_EQ(*first.reach, *second.reach);
}

TEST(GuideInAScope, finds_what_is_broken_there) {
    GuideOptions options = within({"peer", 3, 30'000});
    options.scope->setup.faults = {"adjust-gap-not-updated"};
    const GuideResult result = run_guide(options);
    ASSERT_TRUE(result.found);
    EXPECT_EQ(result.found->property(), "gap-cache");
    EXPECT_EQ(result.found->trace.header.faults, options.scope->setup.faults);
}

}  // namespace
}  // namespace vmacheck::smt
