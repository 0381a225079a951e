// The table of operations: what random operations do and what the corpus shows is in it, what is in it is met, and
// model/README.md has it as it is.
#include "checker/coverage/operation_table.hpp"
#include "checker/random/random_ops.hpp"
#include "checker/run/replay.hpp"
#include "model/state/world.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/trace_files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace vmacheck {
namespace {

struct Seen {
    std::map<OpKind, std::set<Errno>> errors;
    std::map<OpKind, std::set<AllocSite>> failed;

    void add(const Op<Plain>& op, const Outcome<Plain>& outcome) {
        if (!outcome.ok()) errors[op.kind].insert(outcome.error);
        for (const EventRecord& each : outcome.events)
            if (each.event == Event::alloc_failed) failed[op.kind].insert(static_cast<AllocSite>(each.a));
    }
};

Seen seen_in_corpus() {
    Seen seen;
    for (const std::string& path : find_traces({CORPUS_DIRECTORY}).paths) {
        const ReadResult result = read_trace_file(path);
        if (std::holds_alternative<ReadError>(result)) throw std::runtime_error(path);
        ReplayOptions options;
        options.observe = [&seen](const TraceStep& step, const World<Plain>& world, bool) {
            seen.add(step.op, world.outcome());
        };
        replay(std::get<Trace>(result), options);
    }
    return seen;
}

Seen seen_at_random() {
    Seen seen;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Parameters p = small_parameters();
        if (seed % 5 == 4) p.rlimit_memlock = 6;
        // Some calls and advices are not in v5.10.
        World<Plain> world(p, seed % 4 == 3 ? *profile_named("v6.18") : default_profile());
        RandomOps ops(seed, p, seed % 2 == 0 ? 24 : 40);
        for (int step = 0; step < 30'000; ++step) {
            Op<Plain> op = ops.next(world);
            // More of them than the generator makes: some sites are passed late in rare operations.
            if (ops.random().percent(20)) {
                op.fail_alloc.kind = AllocKind::any;
                op.fail_alloc.nth = static_cast<std::uint16_t>(1 + ops.random().below(7));
            }
            seen.add(op, world.apply(op));
        }
    }
    return seen;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What was seen of an operation; nothing if it was not.
template <class Sets>
typename Sets::mapped_type of(const Sets& sets, OpKind op) {
    const auto at = sets.find(op);
    return at != sets.end() ? at->second : typename Sets::mapped_type();
}

void expect_all_in_table(const Seen& seen) {
    for (const OperationRow& row : operation_table()) {
        const std::set<Errno> errors(row.errors.begin(), row.errors.end());
        const std::set<AllocSite> sites(row.allocations.begin(), row.allocations.end());
        for (const Errno each : of(seen.errors, row.op)) {
            EXPECT_TRUE(each == Errno::esrch || errors.count(each)) << name(row.op) << " " << name(each);
        }
        for (const AllocSite each : of(seen.failed, row.op)) {
            EXPECT_TRUE(sites.count(each)) << name(row.op) << " " << name(each);
        }
    }
}

TEST(OperationTable, EveryOperationHasARow) {
    const std::vector<OperationRow> rows = operation_table();
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(OpKind::count));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].op, static_cast<OpKind>(i));
        EXPECT_FALSE(rows[i].stands_for.empty()) << name(rows[i].op);
    }
}

TEST(OperationTable, WhatTheCorpusShowsIsInIt) {
    expect_all_in_table(seen_in_corpus());
}

TEST(OperationTable, WhatRandomOperationsDoIsInItAndItsAllocationsAreMet) {
    const Seen seen = seen_at_random();
    const Seen shown = seen_in_corpus();
    expect_all_in_table(seen);
    for (const OperationRow& row : operation_table())
        for (const AllocSite each : row.allocations)
            EXPECT_TRUE(of(seen.failed, row.op).count(each) || of(shown.failed, row.op).count(each))
                << name(row.op) << " " << name(each);
}

TEST(OperationTable, TheCorpusShowsEveryError) {
    const Seen seen = seen_in_corpus();
    for (const OperationRow& row : operation_table())
        for (const Errno each : row.errors)
            EXPECT_TRUE(of(seen.errors, row.op).count(each)) << name(row.op) << " " << name(each);
}

TEST(OperationTable, TheReadmeHasIt) {
    const std::string readme = read_file(README_FILE);
    const std::string begin = "<!-- operations: the text of `vmacheck list operations --format markdown` -->\n";
    const std::size_t from = readme.find(begin);
    const std::size_t to = readme.find("<!-- end of operations -->\n");
    ASSERT_NE(from, std::string::npos);
    ASSERT_NE(to, std::string::npos);
    EXPECT_EQ(readme.substr(from + begin.size(), to - from - begin.size()), operation_table_markdown());
}

}  // namespace
}  // namespace vmacheck
