// The search: the same for any number of threads, ends where it is told to, and finds a shortest trace.
#include "checker/run/replay.hpp"
#include "model/state/world.hpp"
#include "properties/run/full_catalogue.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

void expect_same(const ExploreResult& a, const ExploreResult& b) {
    EXPECT_EQ(a.digest, b.digest);
    EXPECT_EQ(a.states, b.states);
    EXPECT_EQ(a.counts, b.counts);
    EXPECT_EQ(a.levels, b.levels);
    EXPECT_EQ(a.reach, b.reach);
    EXPECT_EQ(a.complete, b.complete);
    EXPECT_EQ(a.stopped_by, b.stopped_by);
    ASSERT_EQ(a.finding.has_value(), b.finding.has_value());
    if (a.finding) {
        EXPECT_EQ(a.finding->origin.number, b.finding->origin.number);
        EXPECT_EQ(a.finding->violations, b.finding->violations);
    }
}

TEST(Search, IsTheSameForAnyNumberOfThreads) {
    for (const char* name : {"peer", "anon", "lock", "swap"}) {
        SCOPED_TRACE(name);
        const ExploreResult one = explore(scope_named(name));
        EXPECT_TRUE(one.complete);
        for (const unsigned jobs : {2u, 5u}) expect_same(one, explore(scope_named(name), with_jobs(jobs)));
    }
}

TEST(Search, FindsTheSameForAnyNumberOfThreads) {
    for (const char* fault : {"adjust-gap-not-updated", "adjust-case6-no-import", "av-degree-import-order"}) {
        SCOPED_TRACE(fault);
        Scope scope = scope_named("peer", 4);
        scope.setup.faults = {fault};
        const ExploreResult one = explore(scope);
        EXPECT_TRUE(one.finding);
        for (const unsigned jobs : {2u, 3u}) {
            const ExploreResult more = explore(scope, with_jobs(jobs));
            ASSERT_TRUE(more.finding);
            EXPECT_EQ(one.finding->origin.number, more.finding->origin.number);
            EXPECT_EQ(one.finding->violations, more.finding->violations);
        }
    }
}

// An offset beyond what pages in 64 bits are: the model's arithmetic refuses it.
TEST(Search, AFailedAssertionIsAFindingAndTheSameForAnyNumberOfThreads) {
    Scope scope = scope_named("file", 2);
    for (Calls& each : scope.calls)
        if (each.kind == OpKind::mmap) each.offsets.push_back(~std::uint64_t{0} - 1);
    const ExploreResult one = explore(scope);
    ASSERT_TRUE(one.finding);
    EXPECT_EQ(one.finding->violations.front().property, "internal-assertion");
    EXPECT_EQ(one.finding->trace.steps.size(), 1u);
    for (const unsigned jobs : {2u, 3u}) expect_same(one, explore(scope, with_jobs(jobs)));
}

TEST(Search, AFindingReplaysToTheSameProperty) {
    Scope scope = scope_named("peer", 3);
    scope.setup.faults = {"adjust-gap-not-updated"};
    const ExploreResult result = explore(scope);
    ASSERT_TRUE(result.finding);
    EXPECT_EQ(result.finding->trace.steps.size(), 3u);
    ReplayOptions options;
    options.checker = make_full_checker();
    const ReplayResult replayed = replay(result.finding->trace, options);
    EXPECT_EQ(replayed.verdict, Verdict::violated);
    ASSERT_TRUE(replayed.broken);
    EXPECT_EQ(replayed.broken.step, 3u);
    EXPECT_EQ(replayed.broken.violations.front().property, result.finding->violations.front().property);
}

TEST(Search, EveryPropertyAfterEachCallSaysNoMoreThanTheForm) {
    for (const char* name : {"peer", "swap"}) {
        ExploreOptions every;
        every.expand.every_property = true;
        expect_same(explore(scope_named(name, 0)), explore(scope_named(name, 0), every));
    }
}

TEST(Search, LimitsEndItAtTheSamePlaceForAnyNumberOfThreads) {
    const auto limited = [](unsigned jobs, const ExploreLimits& limits) {
        ExploreOptions options = with_jobs(jobs);
        options.limits = limits;
        return explore(scope_named("peer", 5), options);
    };
    for (const ExploreLimits& limits : {ExploreLimits{.states = 3'000}, ExploreLimits{.depth = 6}}) {
        const ExploreResult one = limited(1, limits);
        EXPECT_FALSE(one.complete);
        EXPECT_EQ(one.stopped_by, limits.states != 0 ? "states" : "depth");
        expect_same(one, limited(2, limits));
    }
    const ExploreResult small = limited(1, ExploreLimits{.bytes = 50'000});
    EXPECT_EQ(small.stopped_by, "memory");
    EXPECT_EQ(limited(2, ExploreLimits{.bytes = 50'000}).bytes, small.bytes);
    const ExploreResult quick = limited(1, ExploreLimits{.seconds = 1e-9});
    EXPECT_EQ(quick.stopped_by, "time");
    EXPECT_FALSE(quick.complete);
}

TEST(Search, AStateTakesAtMostFortyBytes) {
    const ExploreResult result = explore(scope_named("peer", 5));
    EXPECT_LE(result.bytes, 40 * result.states);
}

TEST(Search, KeepsTreeShapesApartWhenAsked) {
    ExploreOptions shapes;
    shapes.expand.reduction.keep_shape = true;
    const ExploreResult plain = explore(scope_named("peer", 4));
    const ExploreResult shaped = explore(scope_named("peer", 4), shapes);
    EXPECT_TRUE(shaped.complete);
    EXPECT_GT(shaped.states, plain.states);
    EXPECT_EQ(shaped.depth() >= plain.depth(), true);
}

TEST(Search, HashCompactFindsTheSameAndSaysWhatItMayMiss) {
    ExploreOptions compact;
    compact.expand.hash_compact = true;
    const ExploreResult exact = explore(scope_named("anon"));
    const ExploreResult hashed = explore(scope_named("anon"), compact);
    EXPECT_EQ(hashed.states, exact.states);
    EXPECT_EQ(hashed.counts, exact.counts);
    EXPECT_EQ(exact.omission, 0);
    EXPECT_GT(hashed.omission, 0);
    EXPECT_LT(hashed.omission, 1e-9);
}

TEST(Search, ABrokenStartIsAFindingWithoutCalls) {
    Scope scope = scope_named("peer", 3);
    ProcessSpec process;
    VmaSpec vma;
    vma.start = 0;
    vma.end = 1;
    vma.flags = vm::read | vm::exec;  // without the MAY bits that these rights need
    process.vmas.push_back(vma);
    scope.setup.layout.push_back(process);
    const ExploreResult result = explore(scope);
    ASSERT_TRUE(result.finding);
    EXPECT_TRUE(result.finding->trace.steps.empty());
}

// The shortest way to each cell is as long as the depth at which a plain search would meet it.
TEST(Search, FirstTransitionsOfCellsAreShortest) {
    Search search(scope_named("peer", 4), {});
    const ExploreResult result = search.run();
    const auto depth = [&](const std::string& name) {
        for (ReachTable::Cell cell = 0; cell < result.reach.cells(); ++cell)
            if (result.reach.count(cell) != 0 && ReachTable::name(cell) == name)
                return search.trace_to(Predecessor::unpack(result.reach.first(cell))).steps.size();
        return std::size_t{0};
    };
    EXPECT_EQ(depth("event/merge_case_2"), 2u);
    EXPECT_EQ(depth("event/merge_case_1"), 2u) << "a page of a mapping is mapped anew";
    EXPECT_EQ(depth("import/1"), 4u);
    EXPECT_EQ(depth("import/6"), 4u);
}

// What lets the search take such a step for a loop without looking.
TEST(TouchedWorld, IsWhatItWasWhereAStepTouchedNothing) {
    std::size_t untouched = 0;
    std::size_t changed = 0;
    for (const std::string name : {"core", "merge", "chains", "swap", "lock"}) {
        SCOPED_TRACE(name);
        const Scope scope = scope_named(name);
        const std::vector<ScopeOp> ops = scope_ops(scope);
        const auto start = starting_world(scope);
        World<Plain>& world = *start;
        std::uint64_t choice = 1;
        for (int step = 0; step < 2000; ++step) {
            choice = choice * 6364136223846793005u + 1442695040888963407u;
            const Op<Plain>& op = ops[(choice >> 33) % ops.size()].op;
            if (!op_is_open(scope, world, op)) continue;
            const std::vector<std::uint64_t> before = world.flatten();
            world.apply(op);
            const bool same = world.flatten() == before;
            EXPECT_TRUE(world.touched() || same);
            untouched += world.touched() ? 0 : 1;
            changed += same ? 0 : 1;
        }
    }
    EXPECT_GT(untouched, 1000u);
    EXPECT_GT(changed, 1000u);
}

}  // namespace
}  // namespace vmacheck
