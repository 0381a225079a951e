// Random operations on two profiles: the policies in which they differ explain all that differs.
#include "checker/random/profile_search.hpp"

#include <gtest/gtest.h>

namespace vmacheck {
namespace {

ProfileSearchResult search(const char* first, const char* second, std::uint64_t ops = 20'000) {
    return search_differences(*profile_named(first), *profile_named(second), {.seed = 3, .ops = ops});
}

TEST(ProfileSearch, FindsNoDifferenceBetweenAProfileAndItself) {
    const ProfileSearchResult result = search("v6.18", "v6.18");
    EXPECT_EQ(result.steps, 20'000u);
    EXPECT_TRUE(result.explained.empty());
    EXPECT_TRUE(result.unexplained.empty());
}

TEST(ProfileSearch, FindsTheOnePolicyThatDiffers) {
    const ProfileSearchResult result = search("v6.18+account-dropped=no", "v6.18");
    ASSERT_EQ(result.explained.size(), 1u);
    EXPECT_EQ(result.explained.begin()->first, std::vector{*policy_named("account-dropped")});
    EXPECT_TRUE(result.unexplained.empty());
}

TEST(ProfileSearch, PoliciesExplainAllDifferencesOfProfiles) {
    for (const Profile& each : all_profiles()) {
        const ProfileSearchResult result = search("v5.10", each.name.data(), 5'000);
        EXPECT_TRUE(result.unexplained.empty()) << each.name;
        EXPECT_EQ(result.explained.empty(), each.name == "v5.10" || each.name == "v5.10-anon-name") << each.name;
    }
}

TEST(ProfileSearch, IsTheSameEachTime) {
    const ProfileSearchResult one = search("v6.1", "v6.12");
    const ProfileSearchResult other = search("v6.1", "v6.12");
    EXPECT_EQ(one.explained, other.explained);
    EXPECT_EQ(one.digest, other.digest);
    EXPECT_NE(one.digest, search("v6.12", "v6.1").digest);
}

}  // namespace
}  // namespace vmacheck
