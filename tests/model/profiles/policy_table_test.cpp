// The table of policies and the names of profiles.
#include "model/profiles/policy_table.hpp"
#include "model/profiles/kernel_version.hpp"
#include "model/profiles/profile.hpp"

#include <gtest/gtest.h>

#include <set>

namespace vmacheck {
namespace {

TEST(PolicyTable, EachRowHasAName) {
    std::set<std::string_view> names;
    for (const PolicyInfo& each : all_policies()) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_GE(each.values.size(), 2u) << each.name;
        EXPECT_FALSE(each.sentence.empty()) << each.name;
        EXPECT_FALSE(each.source.empty()) << each.name;
        std::set<std::string_view> values;
        for (const PolicyValue& value : each.values) EXPECT_TRUE(values.insert(value.name).second) << each.name;
    }
}

TEST(PolicyTable, AValueIsReadAsItWasSetAndOthersStay) {
    const Policies before = default_profile().policy;
    for (PolicyId id = 0; id < all_policies().size(); ++id)
        for (std::uint8_t value = 0; value < all_policies()[id].values.size(); ++value) {
            const Policies after = with_value(before, id, value);
            EXPECT_EQ(value_of(after, id), value) << all_policies()[id].name;
            EXPECT_EQ(distance(before, after), value == value_of(before, id) ? 0u : 1u) << all_policies()[id].name;
        }
}

// Every member of Policies has a row: with all values of another profile set one by one, the two are equal.
TEST(PolicyTable, RowsCoverAllPolicies) {
    for (const Profile& each : all_profiles()) {
        Policies policies = default_profile().policy;
        for (PolicyId id = 0; id < all_policies().size(); ++id)
            policies = with_value(policies, id, value_of(each.policy, id));
        EXPECT_TRUE(policies == each.policy) << each.name;
    }
}

TEST(PolicyTable, ValuesBeganInTheirOrder) {
    for (const PolicyInfo& each : all_policies())
        for (std::size_t i = 1; i < each.values.size(); ++i) {
            if (each.name == "no-zero-page") {  // of no release: how a kernel is built or run
                EXPECT_EQ(each.values[i].since, "");
                continue;
            }
            EXPECT_LT(KernelVersion(each.values[i - 1].since), KernelVersion(each.values[i].since)) << each.name;
        }
}

TEST(Profiles, AreFoundByName) {
    for (const char* name : {"v5.10", "v6.1", "v6.12", "v6.18", "v7.1", "v5.10-loose", "v5.10-anon-name"}) {
        ASSERT_NE(profile_named(name), nullptr) << name;
        EXPECT_EQ(profile_named(name)->name, name);
    }
    EXPECT_EQ(profile_named("v5.11"), nullptr);
    EXPECT_EQ(profile_named(""), nullptr);
}

TEST(Profiles, ANameMaySetPoliciesOverAProfile) {
    const Profile* set = profile_named("v6.18+anon-merge=strict+brk-needs-mapping=no");
    ASSERT_NE(set, nullptr);
    EXPECT_EQ(set->name, "v6.18+anon-merge=strict+brk-needs-mapping=no");
    EXPECT_EQ(set->policy.anon_merge, AnonMergeRule::strict);
    EXPECT_FALSE(set->policy.brk_needs_mapping);
    EXPECT_EQ(distance(set->policy, profile_named("v6.18")->policy), 2u);
    EXPECT_EQ(profile_named("v6.18+anon-merge=strict+brk-needs-mapping=no"), set);
}

TEST(Profiles, AnUnknownSettingIsNoProfile) {
    for (const char* name : {"v6.18+", "v6.18+anon-merge", "v6.18+anon-merge=", "v6.18+anon-merge=tight",
                             "v6.18+no-such=yes", "v6.18+anon-merge=strict+", "v5.11+anon-merge=strict", "+", "="})
        EXPECT_EQ(profile_named(name), nullptr) << name;
}

TEST(Profiles, ALaterSettingCounts) {
    EXPECT_EQ(profile_named("v5.10+anon-merge=loose+anon-merge=strict")->policy.anon_merge, AnonMergeRule::strict);
}

}  // namespace
}  // namespace vmacheck
