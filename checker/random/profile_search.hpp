// Random operations on the models of two profiles: do they differ, and do their policies explain it?
//
// Both perform the same operations, as the random engine draws them for the second. Where a result or what is to be seen
// of a process differs, the policies that differ are set equal: one of them alone, then all. With all of them equal the
// two models are one, so that a difference that is left shows a rule that is in no policy.
#pragma once

#include "model/profiles/policy_table.hpp"
#include "model/profiles/profile.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vmacheck {

struct ProfileSearchOptions {
    std::uint64_t seed = 1;
    std::uint64_t ops = 20'000;      // budget: operations that both perform
    std::uint64_t case_steps = 400;  // a case ends here, or at its first difference
};

struct UnexplainedDifference {
    std::uint64_t number = 0;  // of the case, from 0
    std::uint64_t step = 0;    // from 1
    std::string text;          // "munmap(0x10000, 0x1000): ret: 0, expected EINVAL"
};

struct ProfileSearchResult {
    std::uint64_t steps = 0;
    std::uint64_t cases = 0;
    // First differences of cases, by the fewest policies that were found to explain them.
    std::map<std::vector<PolicyId>, std::uint64_t> explained;
    std::vector<UnexplainedDifference> unexplained;
    std::uint64_t digest = 0;  // over all steps of the second profile
};

ProfileSearchResult search_differences(const Profile& first, const Profile& second,
                                       const ProfileSearchOptions& options);

}  // namespace vmacheck
