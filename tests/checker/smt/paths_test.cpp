// Path enumeration: every path once, none that is not there, and assumptions, choices and assertions on the way.
#include "checker/smt/paths.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vmacheck::smt {
namespace {

using Numbers = std::vector<std::uint64_t>;

// What the paths of a program put into `out`, in the order they were found.
struct Found {
    std::vector<Numbers> outcomes;
    PathCounts counts;
};

template <class F>
Found enumerate(F program, PathOptions options = {}) {
    Found found;
    Numbers out;
    Solver solver;
    found.counts = enumerate_paths(
        solver,
        [&](PathRun& run) {
            out.clear();
            program(run, out);
        },
        [&](const PathLeaf&, Solver& on_path) {
            EXPECT_EQ(on_path.check(), SolverAnswer::sat);
            found.outcomes.push_back(out);
        },
        options);
    EXPECT_EQ(solver.inputs(), 0u);
    EXPECT_EQ(solver.frames(), 0u);
    return found;
}

// Insertion sort of n numbers: a path an order, ties going one way.
Found sort_numbers(unsigned n) {
    return enumerate([n](PathRun& run, Numbers& out) {
        std::vector<std::pair<TracedNumber, std::uint64_t>> numbers;
        for (unsigned i = 0; i < n; ++i) {
            const TracedNumber number = run.input("n", {0, 1000});
            auto at = numbers.end();
            while (at != numbers.begin() && number < std::prev(at)->first) --at;
            numbers.insert(at, {number, i});
        }
        for (const auto& each : numbers) out.push_back(each.second);
    });
}

TEST(Paths, an_insertion_sort_has_a_path_for_each_permutation) {
    for (const auto& [n, permutations] : {std::pair{1u, 1u}, {2u, 2u}, {3u, 6u}, {4u, 24u}, {5u, 120u}}) {
        const Found found = sort_numbers(n);
        EXPECT_EQ(found.outcomes.size(), permutations);
        EXPECT_EQ(std::set<Numbers>(found.outcomes.begin(), found.outcomes.end()).size(), permutations);
        EXPECT_EQ(found.counts.leaves, permutations);
        EXPECT_TRUE(found.counts.complete());
    }
}

TEST(Paths, what_is_not_possible_is_not_a_path) {
    const Found found = enumerate([](PathRun& run, Numbers& out) {
        const TracedNumber a = run.input("a", {0, 5});
        const TracedNumber b = run.input("b", {0, 5});
        out = {a < b, b < a, a == b, a + 6 < b};
    });
    const std::set<Numbers> expected{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}};
    EXPECT_EQ(std::set<Numbers>(found.outcomes.begin(), found.outcomes.end()), expected);
    EXPECT_EQ(found.counts.leaves, 3u);
}

TEST(Paths, an_assumption_is_met_on_every_path_and_is_no_decision) {
    const Found found = enumerate([](PathRun& run, Numbers& out) {
        const TracedNumber a = run.input("a", {0, 100});
        const TracedNumber b = run.input("b", {0, 100});
        run.assume(a + 10, Relation::less_equal, b);
        const TracedNumber c = run.input("c", {0, 100});
        run.assume(b, Relation::not_equal, c);
        out = {b - a >= 10 ? 1u : 0u, c < b};
    });
    EXPECT_EQ(found.outcomes, (std::vector<Numbers>{{1, 1}, {1, 0}}));
}

TEST(Paths, choices_are_made_where_they_are_asked_for) {
    const Found found = enumerate([](PathRun& run, Numbers& out) {
        const std::uint64_t first = run.choose("first", 3);
        out.push_back(first);
        if (first == 1) out.push_back(run.choose("second", 2));
        if (first == 2) run.reject();
    });
    const std::set<Numbers> expected{{0}, {1, 0}, {1, 1}};
    EXPECT_EQ(std::set<Numbers>(found.outcomes.begin(), found.outcomes.end()), expected);
    EXPECT_EQ(found.counts.leaves, 3u);
    EXPECT_EQ(found.counts.rejected, 1u);
}

TEST(Paths, maxima_and_quotients_follow_their_definitions) {
    const Found found = enumerate([](PathRun& run, Numbers& out) {
        const TracedNumber a = run.input("a", {0, 40});
        const TracedNumber b = run.input("b", {0, 40});
        const TracedNumber m = max(a, b);
        out = {m == a, m == b, m < 3, quotient(a, 16) == 2};
    });
    const std::set<Numbers> seen(found.outcomes.begin(), found.outcomes.end());
    // a of 32 to 40 is not below 3; a maximum equals one of its two.
    const std::set<Numbers> expected{{1, 1, 1, 0}, {1, 1, 0, 0}, {1, 1, 0, 1}, {1, 0, 1, 0}, {1, 0, 0, 0},
                                     {1, 0, 0, 1}, {0, 1, 1, 0}, {0, 1, 0, 0}, {0, 1, 0, 1}};
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(found.counts.leaves, expected.size());
}

TEST(Paths, a_difference_that_may_leave_its_range_is_a_path_of_its_own) {
    std::vector<std::string> assertions;
    Solver solver;
    const auto program = [](PathRun& run) {
        const TracedNumber a = run.input("a", {0, 9});
        const TracedNumber b = run.input("b", {3, 9});
        if (a < 5) return;
        const TracedNumber rest = a - b;
        (void)(rest == 0);
    };
    const auto on_leaf = [&](const PathLeaf& leaf, Solver&) {
        if (leaf.run.assertion()) assertions.push_back(*leaf.run.assertion());
    };
    const PathCounts counts = enumerate_paths(solver, program, on_leaf);
    EXPECT_EQ(counts.leaves, 4u);  // below 5; equal; above; out of range
    EXPECT_EQ(assertions.size(), 1u);
}

TEST(Paths, beyond_the_limit_the_rest_is_undecided) {
    const Found all = sort_numbers(4);
    PathOptions options;
    options.most_runs = 5;
    const Found some = enumerate(
        [](PathRun& run, Numbers& out) {
            for (int i = 0; i < 4; ++i) out.push_back(run.choose("x", 3));
        },
        options);
    EXPECT_TRUE(all.counts.complete());
    EXPECT_EQ(some.counts.leaves, 5u);
    EXPECT_FALSE(some.counts.complete());
}

TEST(Paths, a_program_that_is_no_function_of_its_inputs_is_noticed) {
    bool odd = false;
    EXPECT_THROW(enumerate([&](PathRun& run, Numbers&) {
                     odd = !odd;
                     const TracedNumber a = run.input("a", {0, 9});
                     (void)(odd ? a < 5 : a < 7);
                     (void)(a < 3);
                 }),
                 std::logic_error);
}

TEST(Paths, found_in_the_same_order_every_time) {
    const Found first = sort_numbers(4);
    const Found second = sort_numbers(4);
    EXPECT_EQ(first.outcomes, second.outcomes);
    EXPECT_EQ(first.counts.runs, second.counts.runs);
}

}  // namespace
}  // namespace vmacheck::smt
