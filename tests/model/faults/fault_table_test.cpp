// The table of faults, the sets made of its ids, and what follows from its versions.
#include "model/faults/fault_table.hpp"

#include "model/faults/files.hpp"
#include "model/profiles/profile.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vmacheck {
namespace {

std::set<std::string> names_in(const FaultSet& faults) {
    std::set<std::string> names;
    for (const FaultInfo& each : all_faults())
        if (faults.has(each.fault)) names.emplace(each.name);
    return names;
}

TEST(FaultSetTest, holds_what_was_added_and_nothing_else) {
    for (const FaultInfo& each : all_faults()) {
        const FaultSet one = FaultSet{}.add(each.fault);
        EXPECT_FALSE(one.empty());
        EXPECT_EQ(names_in(one), std::set<std::string>{std::string(each.name)});
    }
    EXPECT_TRUE(FaultSet().empty());
}

TEST(FaultSetTest, is_not_full_after_64) {
    FaultSet all;
    unsigned count = 0;
    for (unsigned component = 0; component < static_cast<unsigned>(FaultComponent::count); ++component)
        for (unsigned place = 0; place < faults_in_component; ++place) {
            const auto fault = static_cast<Fault>(component * faults_in_component + place);
            EXPECT_FALSE(all.has(fault));
            EXPECT_TRUE(all.add(fault).has(fault));
            ++count;
        }
    EXPECT_GT(count, 64u);
}

TEST(FaultTableTest, names_are_unique_and_found) {
    std::set<std::string_view> names;
    for (const FaultInfo& each : all_faults()) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_EQ(fault_named(each.name), each.fault);
        EXPECT_EQ(info(each.fault).name, each.name);
        EXPECT_FALSE(each.effect.empty());
    }
    EXPECT_EQ(fault_named("no-such-fault"), std::nullopt);
}

TEST(FaultTableTest, only_real_bugs_have_versions_and_commits) {
    for (const FaultInfo& each : all_faults()) {
        if (each.kind == FaultKind::synthetic) {
            EXPECT_TRUE(each.introduced.empty() && each.fixed.empty() && each.backported.empty() && each.commit.empty())
                << each.name;
        }
        if (!each.introduced.empty() && !each.fixed.empty()) {
            EXPECT_LE(KernelVersion(each.introduced), KernelVersion(each.fixed)) << each.name;
        }
    }
}

TEST(ShippedTest, v5_10_198_has_these_bugs) {
    const std::set<std::string> expected{"dontunmap-account-next",
                                         "dontunmap-locked-partial",
                                         "dontunmap-locked-selfmerge",
                                         "dontunmap-no-limit-check",
                                         "exec-shift-uncharge",
                                         "fork-stale-highest",
                                         "mlock-count-width",
                                         "movevma-munmap-fail-acct",
                                         "mremap-growth-width",
                                         "mremap-split-unchecked",
                                         "special-mapping-locked",
                                         "stack-growth-charge",
                                         "uffd-pgoff",
                                         "uffd-remap-neighbour",
                                         "wipeonfork-stale-pgoff"};
    EXPECT_EQ(names_in(default_profile().shipped), expected);
}

TEST(ShippedTest, v6_18_has_bugs_that_v5_10_had_not) {
    const std::set<std::string> shipped = names_in(profile_named("v6.18")->shipped);
    EXPECT_TRUE(shipped.count("dontunmap-locked-double") == 1 && shipped.count("mremap-shrink-charge") == 1);
    for (const char* gone : {"dontunmap-account-next", "fork-stale-highest", "mremap-growth-width", "uffd-pgoff"})
        EXPECT_EQ(shipped.count(gone), 0u) << gone;
}

TEST(ShippedTest, a_bug_begins_and_ends_with_its_releases) {
    const auto has = [](const char* release, const char* fault) {
        return shipped_with(KernelVersion(release)).has(*fault_named(fault));
    };
    EXPECT_FALSE(has("v5.4", "av-fork-shares-parent"));
    EXPECT_TRUE(has("v5.5", "av-fork-shares-parent"));
    EXPECT_TRUE(has("v5.6.19", "av-fork-shares-parent"));
    EXPECT_FALSE(has("v5.7", "av-fork-shares-parent"));
    // Only release candidates had it.
    EXPECT_FALSE(has("v6.2", "merge-case3-pgoff"));
    EXPECT_FALSE(has("v6.3", "merge-case3-pgoff"));
}

TEST(ShippedTest, a_fix_in_the_stable_tree_counts_from_that_release_on) {
    const Fault fault = *fault_named("av-double-reuse");
    EXPECT_TRUE(shipped_with(KernelVersion("v5.10")).has(fault));
    EXPECT_TRUE(shipped_with(KernelVersion("v5.10.197")).has(fault));
    EXPECT_FALSE(shipped_with(KernelVersion("v5.10.198")).has(fault));
    EXPECT_TRUE(shipped_with(KernelVersion("v5.11")).has(fault));  // another tree, of which nothing is known
    EXPECT_FALSE(shipped_with(KernelVersion("v6.0")).has(fault));
}

TEST(KernelVersionTest, orders_and_names_the_mainline_release) {
    EXPECT_LT(KernelVersion("v2.6.34"), KernelVersion("v3.0"));
    EXPECT_LT(KernelVersion("v5.9"), KernelVersion("v5.10"));
    EXPECT_LT(KernelVersion("v5.10"), KernelVersion("v5.10.198"));
    EXPECT_EQ(KernelVersion("v5.10.198").mainline(), KernelVersion("v5.10"));
    EXPECT_EQ(KernelVersion("v2.6.34.7").mainline(), KernelVersion("v2.6.34"));
    EXPECT_EQ(KernelVersion("v6.1-rc3"), KernelVersion("v6.1"));
}

}  // namespace
}  // namespace vmacheck
