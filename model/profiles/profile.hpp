// Profiles: the policies of one kernel version as data. Data structures are the same in every profile.
//
// A name of a profile may be followed by single policies that are set over it: "v6.18+anon-merge=strict".
#pragma once

#include "model/faults/fault.hpp"
#include "model/profiles/policies.hpp"

#include <span>
#include <string_view>

namespace vmacheck {

struct Profile {
    std::string_view name;    // stable, stands in traces
    std::string_view kernel;  // the release whose code it states
    Policies policy;
    FaultSet shipped;  // bugs that this version still has
};

std::span<const Profile> all_profiles();
// The profile of this name, with the policies set over it that follow in the name. nullptr if there is none, or no such
// policy or value. A profile with policies set over it is made when it is first named, and stays.
const Profile* profile_named(std::string_view name);
const Profile& default_profile();  // v5.10

}  // namespace vmacheck
