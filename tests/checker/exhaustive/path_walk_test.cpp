// Paths through a scope: the calls of a state are those of the search, and a path is what its trace replays to.
#include "checker/exhaustive/path_walk.hpp"

#include "checker/exhaustive/graph.hpp"
#include "checker/run/replay.hpp"
#include "properties/run/full_catalogue.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vmacheck {
namespace {

Reduction reduction_of(const Scope& scope) {
    return Search(scope, {}).options().expand.reduction;
}

PathWalk walk_through(const Scope& scope) {
    return PathWalk(scope, reduction_of(scope));
}

std::size_t counted(const PathState& state) {
    return static_cast<std::size_t>(
        std::count_if(state.calls.begin(), state.calls.end(), [](const TakenCall& each) { return each.counts; }));
}

std::string refusal(PathWalk& walk, const CallPath& path) {
    try {
        walk.state(path);
    } catch (const BadPath& wrong) {
        return wrong.what();
    }
    return "taken";
}

// So many calls, each chosen by the numbers before it from those that break nothing.
CallPath some_path(PathWalk& walk, std::size_t length, std::uint32_t seed) {
    CallPath path;
    while (path.size() < length) {
        const PathState state = walk.state(path);
        seed = seed * 1664525 + 1013904223;
        path.push_back(state.calls.at((seed >> 8) % state.calls.size()).number);
    }
    return path;
}

TEST(PathWalk, HasTheCallsOfTheScopeAtItsStart) {
    for (const unsigned pages : {2u, 3u, 4u}) {
        const Scope scope = scope_named("peer", pages);
        PathWalk walk = walk_through(scope);
        const PathState start = walk.state({});
        EXPECT_EQ(start.calls.size(), scope_ops(scope).size());
        EXPECT_EQ(start.closed, 0u);
        EXPECT_EQ(counted(start), ImplicitGraph(scope, reduction_of(scope)).edges_of(0).size());
    }
    PathWalk family = walk_through(scope_named("family"));
    const PathState start = family.state({});
    EXPECT_EQ(start.calls.size() + start.closed, family.ops().size());
    EXPECT_GT(start.closed, 0u);
}

// Along the path by which the search found each state, everything that the search counted is found again.
TEST(PathWalk, CountsWhatTheSearchCounted) {
    for (const char* const name : {"peer", "swap", "core"}) {
        const Scope scope = scope_named(name, name == std::string("peer") ? 3 : 0);
        Search search(scope, {});
        const ExploreResult result = search.run();
        PathWalk walk = walk_through(scope);
        SearchCounts counts;
        for (StateNumber state = 0; state < result.states; ++state)
            for (const TakenCall& each : walk.state(calls_to(search.store().links(), state)).calls) {
                counts.calls += each.came_about ? 1 : 0;
                counts.failing += each.came_about && each.error != Errno::ok ? 1 : 0;
                counts.transitions += each.counts ? 1 : 0;
                counts.self_loops += each.counts && each.leads == LeadsTo::here ? 1 : 0;
            }
        EXPECT_EQ(counts.calls, result.counts.calls) << name;
        EXPECT_EQ(counts.failing, result.counts.failing) << name;
        EXPECT_EQ(counts.transitions, result.counts.transitions) << name;
        EXPECT_EQ(counts.self_loops, result.counts.self_loops) << name;
    }
}

TEST(PathWalk, APathIsTheStateThatItsTraceReplaysTo) {
    for (const char* const name : {"peer", "anon", "file", "family", "chains", "meanwhile", "heap"}) {
        PathWalk walk = walk_through(scope_named(name));
        for (const std::uint32_t seed : {1u, 2u}) {
            const CallPath path = some_path(walk, 25, seed);
            const Trace trace = walk.trace(path);
            ReplayOptions options;
            options.checker = make_full_checker();
            const ReplayResult replayed = replay(trace, options);
            EXPECT_EQ(replayed.verdict, Verdict::holds) << name;
            EXPECT_EQ(replayed.steps, path.size());
            EXPECT_GE(replayed.compared, path.size());
            EXPECT_EQ(replayed.digest, walk.state(path).digest) << name;
        }
    }
}

TEST(PathWalk, GivesTheSameWhereverItWasBefore) {
    PathWalk walk = walk_through(scope_named("family"));
    const CallPath long_path = some_path(walk, 20, 3);
    const CallPath other = some_path(walk, 20, 4);
    ASSERT_NE(long_path, other);
    const PathState first = walk.state(long_path);
    walk.state(other);
    walk.state({});
    const PathState again = walk.state(long_path);
    EXPECT_EQ(first.digest, again.digest);
    EXPECT_EQ(first.seen, again.seen);
    PathWalk fresh = walk_through(scope_named("family"));
    EXPECT_EQ(fresh.state(long_path).digest, first.digest);
}

TEST(PathWalk, SaysWhereACallLeads) {
    PathWalk walk = walk_through(scope_named("peer", 3));
    const PathState start = walk.state({});
    const auto on = std::find_if(start.calls.begin(), start.calls.end(),
                                 [](const TakenCall& each) { return each.counts && each.leads == LeadsTo::elsewhere; });
    ASSERT_NE(on, start.calls.end());
    const PathState next = walk.state({on->number});
    EXPECT_FALSE(next.same_after);
    EXPECT_NE(next.digest, start.digest);
    const auto back = std::find_if(next.calls.begin(), next.calls.end(),
                                   [](const TakenCall& each) { return each.leads == LeadsTo::seen; });
    ASSERT_NE(back, next.calls.end());
    EXPECT_EQ(back->seen_after, 0u);
    EXPECT_EQ(walk.state({on->number, back->number}).same_after, std::optional<std::size_t>(0));
}

TEST(PathWalk, RefusesWhatIsNoPath) {
    PathWalk walk = walk_through(scope_named("family"));
    EXPECT_EQ(refusal(walk, {99}), "path: 99 is no call of this scope; they are 0 to 14");
    EXPECT_EQ(refusal(walk, CallPath(1001, 0)), "path: it has 1001 calls; there can be 1000");
    const PathState start = walk.state({});
    std::uint32_t closed = 0;
    while (closed < start.calls.size() && start.calls[closed].number == closed) ++closed;
    EXPECT_EQ(
        refusal(walk, {closed})
            .rfind("path: call 1 of it, number " + std::to_string(closed) + ", cannot be made there: process 1: ", 0),
        0u)
        << refusal(walk, {closed});
    EXPECT_EQ(walk.state({}).digest, start.digest);
}

TEST(PathWalk, EndsWhereAPropertyIsViolated) {
    Scope scope = scope_named("family");
    scope.setup.faults = {"av-double-reuse"};
    Search search(scope, {});
    const ExploreResult result = search.run();
    ASSERT_TRUE(result.finding);
    const Predecessor last = Predecessor::unpack(result.finding->origin.number);
    CallPath path = calls_to(search.store().links(), last.parent);
    PathWalk walk = walk_through(scope);
    const PathState before = walk.state(path);
    const auto call = std::find_if(before.calls.begin(), before.calls.end(),
                                   [&](const TakenCall& each) { return each.number == last.op; });
    ASSERT_NE(call, before.calls.end());
    ASSERT_FALSE(call->violations.empty());
    EXPECT_EQ(call->violations.front().property, result.finding->property());
    path.push_back(last.op);
    const PathState after = walk.state(path);
    ASSERT_FALSE(after.violations.empty());
    EXPECT_EQ(after.violations.front().text, result.finding->text());
    EXPECT_TRUE(after.calls.empty());
    ReplayOptions options;
    options.checker = make_full_checker();
    EXPECT_TRUE(replay(walk.trace(path), options).expectation_met);
    path.push_back(0);
    EXPECT_EQ(refusal(walk, path), "path: it ends after 8 calls, where one-owner is violated");
}

}  // namespace
}  // namespace vmacheck
