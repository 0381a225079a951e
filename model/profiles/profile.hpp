// Profiles: the policies of one kernel version as data. Data structures are the same in every profile.
//
// A policy is one question on which kernels differ; its values are an enum here, with the versions that hold each, and
// a profile names one value for each (profile.cpp). To add a policy: the enum, a member of Policies, a value in each
// row of profile.cpp, and the one place in model/ that asks it.
#pragma once

#include "model/faults/fault.hpp"

#include <span>
#include <string_view>

namespace vmacheck {

// is_mergeable_anon_vma: may a range with one anon_vma join a neighbour with another (or none)?
enum class AnonMergeRule : std::uint8_t {
    strict,  // 3.2 to 6.15: a neighbour without a chain is not "singular", so a faulted range never joins it
    loose,   // 6.16 and later: it may, unless its chain came from a fork; not for what mremap moves
};

// anon_vma_clone at fork: when may a dead ancestor's anon_vma be taken over?
enum class AnonReuseRule : std::uint8_t {
    none,          // before 3.19
    degree,        // 3.19 to 5.19: one counter of children plus users
    two_counters,  // 6.0, and the stable trees since September 2022: num_children and num_active_vmas
};

// Names of anonymous memory (PR_SET_VMA_ANON_NAME): is there the option, and do VMAs of different names stay apart?
enum class AnonNames : std::uint8_t {
    none,          // before 5.17, and later without CONFIG_ANON_VMA_NAME
    without_file,  // 5.17 to 6.1: of VMAs without a file; 6.2 and later also name shared anonymous memory
};

struct Policies {
    AnonMergeRule anon_merge;
    AnonReuseRule anon_reuse;
    AnonNames anon_names;
};

struct Profile {
    std::string_view name;    // stable, stands in traces
    std::string_view kernel;  // the release whose code it states
    Policies policy;
    FaultSet shipped;  // bugs that this version still has
};

std::span<const Profile> all_profiles();
const Profile* profile_named(std::string_view name);  // nullptr if there is none
const Profile& default_profile();                     // v5.10

}  // namespace vmacheck
