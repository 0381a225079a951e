// A search with ranks gives what a search of one process gives. The ranks are threads here; tests/checker/cli has MPI.
#include "checker/exhaustive/level_files.hpp"
#include "tests/checker/exhaustive/explore.hpp"
#include "tests/checker/exhaustive/thread_ranks.hpp"
#include "traces/format/writer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

// What one rank has at the end.
struct Ended {
    ExploreResult result;
    std::string error;
    std::map<ReachTable::Cell, std::string> traces;  // rank 0: to each cell
};

std::map<ReachTable::Cell, std::string> traces_of(const Search& search, const ExploreResult& result) {
    std::map<ReachTable::Cell, std::string> traces;
    result.reach.each_reached([&](ReachTable::Cell cell, const std::string&) {
        traces[cell] = write_trace(search.trace_to(Predecessor::unpack(result.reach.first(cell))));
    });
    return traces;
}

std::vector<Ended> explore_on(unsigned size, const Scope& scope, const ExploreOptions& options = {}) {
    std::vector<Ended> ended(size);
    on_ranks(size, [&](Ranks& ranks) {
        ExploreOptions mine = options;
        mine.ranks = &ranks;
        Ended& here = ended[ranks.rank()];
        try {
            Search search(scope, mine);
            here.result = search.run();
            if (ranks.rank() == 0) here.traces = traces_of(search, here.result);
        } catch (const std::exception& error) {
            here.error = error.what();
        }
    });
    return ended;
}

// But for the digest, which rank 0 alone has, all ranks have the same.
void expect_as_one_process(const Scope& scope, const ExploreOptions& options, std::initializer_list<unsigned> sizes) {
    Search search(scope, options);
    const ExploreResult one = search.run();
    for (const unsigned size : sizes) {
        SCOPED_TRACE(std::to_string(size) + " ranks of " + scope.name);
        const std::vector<Ended> ended = explore_on(size, scope, options);
        EXPECT_EQ(ended.front().result.digest, one.digest);
        EXPECT_EQ(ended.front().traces, traces_of(search, one));
        for (const Ended& each : ended) {
            ASSERT_EQ(each.error, "");
            const ExploreResult& result = each.result;
            EXPECT_EQ(result.states, one.states);
            EXPECT_EQ(result.counts, one.counts);
            EXPECT_EQ(result.levels, one.levels);
            EXPECT_EQ(result.reach, one.reach);
            EXPECT_EQ(result.complete, one.complete);
            EXPECT_EQ(result.stopped_by, one.stopped_by);
            EXPECT_EQ(result.omission, one.omission);
            ASSERT_EQ(result.finding.has_value(), one.finding.has_value());
            if (!one.finding) continue;
            EXPECT_EQ(result.finding->origin.number, one.finding->origin.number);
            EXPECT_EQ(result.finding->violations, one.finding->violations);
            EXPECT_EQ(write_trace(result.finding->trace), write_trace(one.finding->trace));
        }
    }
}

ExploreOptions with_fingerprint(unsigned jobs = 1) {
    ExploreOptions options;
    options.jobs = jobs;
    options.expand.fingerprint = true;
    return options;
}

TEST(SearchWithRanks, IsThatOfOneProcess) {
    expect_as_one_process(scope_named("peer", 4), with_fingerprint(), {1, 2, 3, 4, 7});
    expect_as_one_process(scope_named("peer", 3), with_fingerprint(3), {2, 5});
    for (const char* name : {"anon", "lock", "swap", "family"}) expect_as_one_process(scope_named(name), {}, {2, 4});
}

TEST(SearchWithRanks, HasFewStatesForManyRanks) {
    expect_as_one_process(scope_named("peer", 2), with_fingerprint(), {16, 64});
}

TEST(SearchWithRanks, IsThatOfOneProcessWithEachKindOfState) {
    ExploreOptions shapes;
    shapes.expand.reduction.keep_shape = true;
    expect_as_one_process(scope_named("peer", 3), shapes, {3});
    ExploreOptions orbits;
    orbits.expand.orbits = true;
    expect_as_one_process(scope_named("family"), orbits, {3});
    ExploreOptions compact;
    compact.expand.hash_compact = true;
    expect_as_one_process(scope_named("peer", 4), compact, {3});
    ExploreOptions every;
    every.expand.every_property = true;
    expect_as_one_process(scope_named("peer", 3), every, {3});
}

TEST(SearchWithRanks, FindsTheSameShortestTrace) {
    for (const char* fault : {"adjust-gap-not-updated", "adjust-case6-no-import", "av-degree-import-order"}) {
        Scope scope = scope_named("peer", 4);
        scope.setup.faults = {fault};
        expect_as_one_process(scope, {}, {2, 3, 4});
        expect_as_one_process(scope, with_jobs(2), {2});
    }
    Scope forks = scope_named("family");
    forks.setup.faults = {"av-double-reuse"};
    expect_as_one_process(forks, {}, {2, 4});
}

TEST(SearchWithRanks, FindsAFailedAssertion) {
    Scope scope = scope_named("file", 2);
    for (Calls& each : scope.calls)
        if (each.kind == OpKind::mmap) each.offsets.push_back(~std::uint64_t{0} - 1);
    expect_as_one_process(scope, {}, {3});
}

TEST(SearchWithRanks, FindsABrokenStart) {
    Scope scope = scope_named("peer", 3);
    ProcessSpec process;
    VmaSpec vma;
    vma.start = 0;
    vma.end = 1;
    vma.flags = vm::read | vm::exec;  // without the MAY bits that these rights need
    process.vmas.push_back(vma);
    scope.setup.layout.push_back(process);
    expect_as_one_process(scope, {}, {3});
}

TEST(SearchWithRanks, LimitsEndItWhereTheyEndOneProcess) {
    ExploreOptions options = with_fingerprint();
    options.limits = {.states = 3'000};
    expect_as_one_process(scope_named("peer", 5), options, {2, 3});
    options.limits = {.depth = 6};
    expect_as_one_process(scope_named("peer", 5), options, {2, 3});
    // The ranks' tables take another number of bytes than that of one process.
    for (const ExploreLimits& limits : {ExploreLimits{.bytes = 100'000}, ExploreLimits{.seconds = 1e-9}}) {
        options.limits = limits;
        const std::vector<Ended> ended = explore_on(3, scope_named("peer", 5), options);
        for (const Ended& each : ended) {
            EXPECT_EQ(each.result.stopped_by, limits.bytes != 0 ? "memory" : "time");
            EXPECT_EQ(each.result.counts, ended.front().result.counts);
        }
    }
}

TEST(SearchWithRanks, AStateTakesLittleMoreThanInOneProcess) {
    const Scope scope = scope_named("peer", 5);
    const ExploreResult one = explore(scope);
    for (const unsigned size : {2u, 4u}) {
        const ExploreResult all = explore_on(size, scope).front().result;
        ASSERT_EQ(all.ranks.size(), size);
        std::uint64_t states = 0;
        for (const RankCosts& each : all.ranks) {
            states += each.states;
            EXPECT_NEAR(static_cast<double>(each.states) * size, static_cast<double>(one.states), 0.1 * one.states);
        }
        EXPECT_EQ(states, one.states);
        EXPECT_LE(all.bytes * 10, one.bytes * 12);
    }
}

TEST(SearchWithRanks, ARankThatFailsEndsAll) {
    std::vector<std::string> said(4);
    on_ranks(4, [&](Ranks& ranks) {
        try {
            if (ranks.rank() == 2) {
                ranks.fail("no room", false);
                ranks.fail("no room", false);  // known already
                return;
            }
            ranks.exchange(std::vector<Batch>(ranks.size()));
        } catch (const std::runtime_error& error) {
            said[ranks.rank()] = error.what();
        }
    });
    EXPECT_EQ(said,
              (std::vector<std::string>{"rank 2 of 4: no room", "rank 2 of 4: no room", "", "rank 2 of 4: no room"}));
    on_ranks(3, [](Ranks& ranks) {
        std::uint64_t word = 0;
        if (ranks.rank() == 1)
            ranks.fail("a list has a cycle", true);
        else
            EXPECT_THROW(ranks.sum({&word, 1}), InternalAssertion);
    });
}

TEST(SearchWithRanks, RanksWithOtherOptionsAreRefused) {
    std::vector<std::string> said(3);
    on_ranks(3, [&](Ranks& ranks) {
        ExploreOptions options;
        options.ranks = &ranks;
        options.limits.depth = ranks.rank() == 1 ? 3 : 4;
        try {
            Search(scope_named("peer", 3), options).run();
        } catch (const std::runtime_error& error) {
            said[ranks.rank()] = error.what();
        }
    });
    for (const std::string& each : said)
        EXPECT_EQ(each, "the ranks have different programs, scopes or options; start the same command on all");
}

class StoreWithRanks : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "ranks-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        directory_ = name;
    }
    void TearDown() override {
        std::error_code ignored;
        fs::remove_all(directory_, ignored);
    }
    [[nodiscard]] ExploreOptions kept(const std::string& store, std::uint64_t depth = 0) const {
        ExploreOptions options = with_fingerprint();
        options.store = directory_ + "/" + store;
        options.limits.depth = depth;
        return options;
    }
    [[nodiscard]] std::map<std::string, std::string> files(const std::string& store) const {
        std::map<std::string, std::string> found;
        for (const auto& each : fs::directory_iterator(directory_ + "/" + store)) {
            std::ifstream file(each.path(), std::ios::binary);
            found[each.path().filename()] = {std::istreambuf_iterator<char>(file), {}};
        }
        return found;
    }

    std::string directory_;
};

TEST_F(StoreWithRanks, HasTheSameBytesForAnyNumberOfRanks) {
    const Scope scope = scope_named("peer", 4);
    const ExploreResult one = explore(scope, kept("one"));
    const auto whole = files("one");
    EXPECT_EQ(explore_on(4, scope, kept("four")).front().result.digest, one.digest);
    EXPECT_EQ(files("four"), whole);
    // Interrupted, and continued with other numbers of ranks and by one process.
    explore_on(3, scope, kept("mixed", 3));
    explore(scope, kept("mixed", 5));
    explore_on(2, scope, kept("mixed", 6));
    const std::vector<Ended> rest = explore_on(5, scope, kept("mixed"));
    EXPECT_EQ(files("mixed"), whole);
    for (const Ended& each : rest) {
        EXPECT_EQ(each.error, "");
        EXPECT_EQ(each.result.resumed_levels, 7u);
        EXPECT_EQ(each.result.counts, one.counts);
        EXPECT_EQ(each.result.reach, one.reach);
        EXPECT_EQ(each.result.levels, one.levels);
    }
    EXPECT_EQ(rest.front().result.digest, one.digest);
    // One that is complete is read back.
    EXPECT_EQ(explore_on(3, scope, kept("mixed")).front().result.digest, one.digest);
    EXPECT_EQ(files("mixed"), whole);
}

TEST_F(StoreWithRanks, AFindingIsFoundAgainAfterAnInterruption) {
    Scope scope = scope_named("peer", 3);
    scope.setup.faults = {"adjust-case6-no-import"};
    const ExploreResult one = explore(scope);
    explore_on(3, scope, kept("store", 2));
    for (const Ended& each : explore_on(2, scope, kept("store"))) {
        ASSERT_TRUE(each.result.finding && one.finding) << each.error;
        EXPECT_EQ(write_trace(each.result.finding->trace), write_trace(one.finding->trace));
    }
}

TEST_F(StoreWithRanks, DamagedFilesEndAllRanks) {
    const Scope scope = scope_named("peer", 3);
    explore(scope, kept("store"));
    const auto sound = files("store");
    for (const auto& [name, bytes] : sound) {
        if (name == "lock") continue;
        SCOPED_TRACE(name);
        const std::string path = directory_ + "/store/" + name;
        for (const std::string& damaged : {bytes.substr(0, bytes.size() / 2), std::string(), bytes + "x",
                                           std::string(1, static_cast<char>(bytes[0] ^ 0x11)) + bytes.substr(1)}) {
            std::ofstream(path, std::ios::binary) << damaged;
            for (const Ended& each : explore_on(3, scope, kept("store")))
                EXPECT_NE(each.error.find("damaged; delete the directory"), std::string::npos) << each.error;
        }
        std::ofstream(path, std::ios::binary) << bytes;
    }
    EXPECT_TRUE(explore_on(3, scope, kept("store")).front().result.complete);
}

TEST_F(StoreWithRanks, HasOneSearchAtATime) {
    const Scope scope = scope_named("peer", 3);
    const ExploreOptions options = kept("store");
    const LevelFiles first(options.store, scope, options.expand);
    for (const Ended& each : explore_on(2, scope, options))
        EXPECT_NE(each.error.find("another search is using it"), std::string::npos) << each.error;
}

}  // namespace
}  // namespace vmacheck
