// The proof in its small scope: it holds, says the same again, and falls with a wrong property.
#include "checker/smt/prove/prove.hpp"
#include "properties/run/group_checker.hpp"
#include "properties/run/property_checker.hpp"
#include "tests/checker/smt/prove/findings_text.hpp"

#include <gtest/gtest.h>

namespace vmacheck::prove {
namespace {

ProveOptions small(std::string only = {}) {
    ProveOptions options;
    options.scope = Scope::small;
    options.only = std::move(only);
    return options;
}

// The small scope to its end is in small_scope_test.cpp.
TEST(Prove, a_part_of_every_kind_holds_and_nothing_is_undecided) {
    for (const char* only :
         {"cases: mmap, anonymous", "mmap, anonymous", "split", "munmap, anonymous, alone", "brk, first",
          "mprotect to read, anonymous, faulted, with a page", "tree 1 of 4", "search upwards, tree 1 of 2"}) {
        const ProveResult result = prove(small(only));
        EXPECT_TRUE(result.findings().empty()) << text_of_findings(result);
        EXPECT_EQ(result.counts.undecided, 0u);
        EXPECT_EQ(result.left, 0u);
        EXPECT_FALSE(result.proved.empty()) << only;
        for (const Proved& each : result.proved) {
            EXPECT_GT(each.counts.paths, 0u) << each.name << " has no path: it says nothing";
            EXPECT_GT(each.start_states, 0u) << each.name;
        }
    }
}

TEST(Prove, the_loose_rule_of_newer_kernels_holds_too) {
    ProveOptions options = small();
    options.profile = profile_named("v5.10-loose");
    ASSERT_NE(options.profile, nullptr);
    for (const char* only :
         {"mprotect to read, anonymous, faulted, at the map", "mprotect to read, anonymous, faulted, with a page"}) {
        options.only = only;
        const ProveResult result = prove(options);
        EXPECT_TRUE(result.findings().empty()) << text_of_findings(result);
        EXPECT_EQ(result.counts.undecided, 0u);
        EXPECT_FALSE(result.proved.empty());
    }
}

// The rule is stated in the model and in the table. A profile changes both; the proof sees the other paths.
TEST(Prove, a_rule_is_changed_in_the_profile_alone) {
    ProveOptions strict = small("cases: mprotect to read, anonymous, faulted");
    ProveOptions loose = strict;
    loose.profile = profile_named("v5.10-loose");
    const ProveResult by_strict = prove(strict);
    const ProveResult by_loose = prove(loose);
    EXPECT_TRUE(by_strict.findings().empty()) << text_of_findings(by_strict);
    EXPECT_TRUE(by_loose.findings().empty()) << text_of_findings(by_loose);
    EXPECT_NE(by_strict.digest, by_loose.digest);
    // A faulted range joins an unfaulted neighbour, so it gets to compare offsets.
    EXPECT_GT(by_loose.counts.paths, by_strict.counts.paths);
}

TEST(Prove, the_same_for_any_number_of_threads_and_every_time) {
    ProveOptions options = small("mmap, anonymous");
    const ProveResult once = prove(options);
    options.jobs = 3;
    const ProveResult again = prove(options);
    EXPECT_EQ(once.digest, again.digest);
    EXPECT_EQ(once.counts.paths, again.counts.paths);
    EXPECT_EQ(once.counts.solver.queries, again.counts.solver.queries);
    EXPECT_EQ(once.counts.solver.units, again.counts.solver.units);
}

// A World serves many runs of a start state, with other numbers and, for three orders of offsets, other trees.
TEST(Prove, a_run_does_not_depend_on_the_runs_before_it) {
    for (const Scenario& scenario : scenarios(Scope::small, default_profile(), {})) {
        if (scenario.name.rfind("munmap, anonymous, faulted", 0) != 0 && scenario.name.rfind("split, file", 0) != 0)
            continue;
        Neighbourhood used(scenario, {});
        std::vector<std::uint64_t> values;
        for (const InputSpec& each : used.inputs()) values.push_back(each.initial);
        for (std::size_t changed = 0; changed < values.size(); ++changed) {
            values[changed] += changed % 2 == 0 ? 500 : 1;
            PathRecorder by_used;
            PathRecorder by_new;
            {
                const PathRecorder::Scope scope(by_used);
                used.run(values, by_used);
            }
            {
                const PathRecorder::Scope scope(by_new);
                Neighbourhood(scenario, {}).run(values, by_new);
            }
            EXPECT_EQ(path_signature(by_used), path_signature(by_new)) << scenario.name;
            ASSERT_EQ(by_used.parts().size(), by_new.parts().size()) << scenario.name;
        }
    }
}

// Exact, so that a path that is lost or seen twice shows.
TEST(Prove, counts_of_paths) {
    const auto paths = [](const char* only) { return prove(small(only)).proved.front().counts.paths; };
    EXPECT_EQ(paths("split, anonymous, alone"), 1u);
    // All of it, its lower end, its upper end, a hole in it.
    EXPECT_EQ(paths("munmap, anonymous, alone"), 4u);
    // Three pages' offsets in one tree: thirteen orders with ties, in which the later of two equal ones stands behind.
    EXPECT_EQ(paths("munmap, anonymous, at the map count limit"), 4u);
    // Cases 4 to 8, and what is around them.
    EXPECT_EQ(prove(small("mprotect to read, anonymous")).proved.front().start_states, 72u);
}

TEST(Prove, without_units_nothing_is_claimed) {
    ProveOptions options = small("mprotect to read, anonymous");
    options.units_in_all = 1;
    const ProveResult result = prove(options);
    EXPECT_GT(result.left, 0u);
    ProveOptions per_query = small("brk, first");
    per_query.solver.units_per_query = 1;
    per_query.solver.order_first = false;
    EXPECT_GT(prove(per_query).counts.undecided, 0u);
}

// "A mapping never has 12,345 pages": false, and for one length only.
template <class D>
struct NeverThatLong {
    static constexpr PropertyInfo info{"never-that-long", PropertyKind::invariant, "no VMA has 12,345 pages",
                                       "no function"};
    static void vma(const World<D>&, VmaId, const Vma<D>& vma, Report& report) {
        if (pages(vma) == 12345) report.add(info, "{} has 12,345 pages", describe(vma));
    }
};

TEST(Prove, a_wrong_property_is_refuted) {
    ProveOptions options = small("split, anonymous");
    options.checker = [] { return std::make_unique<PropertyCheckerOf<Traced, NeverThatLong<Traced>>>(); };
    const ProveResult result = prove(options);
    ASSERT_EQ(result.findings().size(), 1u) << text_of_findings(result);
    EXPECT_EQ(result.findings().front()->property(), "never-that-long");
}

TEST(Prove, the_start_states_are_not_empty) {
    for (const Scenario& scenario : scenarios(Scope::small, default_profile(), {})) {
        if (scenario.name.rfind("madvise, anonymous", 0) != 0 && scenario.name.rfind("munmap, file", 0) != 0) continue;
        const Proved start = prove_scenario(scenario, small(), Neighbourhood::Target::start);
        EXPECT_FALSE(start.finding) << scenario.name << ": " << start.finding->text();
        EXPECT_GE(start.counts.paths, scenario.vmas.size()) << scenario.name;
    }
}

}  // namespace
}  // namespace vmacheck::prove
