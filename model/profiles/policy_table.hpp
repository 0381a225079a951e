// The table of policies: what each asks, its values, and since when each holds.
#pragma once

#include "model/profiles/policies.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vmacheck {

struct PolicyValue {
    std::string_view name;   // stable; empty: no such value
    std::string_view since;  // the first mainline release that has it, "v6.1"; empty: older than every profile
};

struct PolicyInfo {
    std::string_view name;                // stable
    std::span<const PolicyValue> values;  // in the order of their numbers
    std::string_view sentence;            // what differs
    std::string_view source;              // the kernel function
    std::string_view no_probe;            // why no trace shows the difference; empty: traces/probes/NAME.jsonl does
    std::uint8_t (*value_of)(const Policies&);
    void (*set)(Policies&, std::uint8_t value);
};

// A policy by its place in all_policies().
using PolicyId = std::size_t;

std::span<const PolicyInfo> all_policies();
std::optional<PolicyId> policy_named(std::string_view name);

// The number of the value that a policy has: its place in PolicyInfo::values.
std::uint8_t value_of(const Policies& policies, PolicyId id);
std::string_view value_name(const Policies& policies, PolicyId id);
Policies with_value(Policies policies, PolicyId id, std::uint8_t value);
// "NAME=VALUE" applied to the policies; none: there is no such policy or value.
std::optional<Policies> with_setting(const Policies& policies, std::string_view setting);
// How many policies differ.
std::size_t distance(const Policies& a, const Policies& b);
// The name of a profile with one policy set over it: "v6.18+anon-merge=strict".
std::string profile_with(std::string_view profile, PolicyId id, std::uint8_t value);

}  // namespace vmacheck
