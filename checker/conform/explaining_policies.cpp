#include "checker/conform/explaining_policies.hpp"

#include "checker/conform/pair_run.hpp"
#include "model/profiles/policy_table.hpp"
#include "model/profiles/profile.hpp"

namespace vmacheck {

std::vector<std::string> explaining_policies(const Trace& trace, Subject& subject) {
    std::vector<std::string> explaining;
    const Profile* profile = profile_named(trace.header.profile);
    if (profile == nullptr) return explaining;
    std::vector<Op<Plain>> ops;
    for (const TraceStep& each : trace.steps) ops.push_back(each.op);
    // What does not differ every time is explained by nothing.
    if (!run_pair(trace.header, ops, subject)) return explaining;
    for (PolicyId policy = 0; policy < all_policies().size(); ++policy) {
        const PolicyInfo& info = all_policies()[policy];
        for (std::uint8_t value = 0; value < info.values.size(); ++value) {
            if (value == value_of(profile->policy, policy)) continue;
            Setup other = trace.header;
            other.profile = profile_with(trace.header.profile, policy, value);
            const RunResult run = run_pair(other, ops, subject);
            if (!run && run.step == ops.size())
                explaining.push_back(std::string(info.name) + "=" + std::string(info.values[value].name));
        }
    }
    return explaining;
}

}  // namespace vmacheck
