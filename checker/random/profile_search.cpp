#include "checker/random/profile_search.hpp"

#include "checker/random/case.hpp"
#include "checker/random/limits.hpp"
#include "checker/random/random_ops.hpp"
#include "checker/subject/comparison.hpp"
#include "checker/subject/model_subject.hpp"
#include "model/state/digest.hpp"
#include "model/state/world.hpp"
#include "traces/format/call_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

using Ops = std::vector<Op<Plain>>;

// What both did, as far as it differs. Events are each model's own.
std::string difference(const Op<Plain>& op, ModelSubject& expected, ModelSubject& actual) {
    Answer wanted = expected.step(op);
    Answer seen = actual.step(op);
    wanted.seen.events.clear();
    Comparison comparison = compare_results(op.kind, wanted.seen, seen.seen);
    if (comparison.differences.empty()) comparison.add(compare_observations(expected.observe({}), actual.observe({})));
    if (comparison.differences.empty()) return {};
    const FieldDifference& first = comparison.differences.front();
    return fmt::format("{}: {}: {}, expected {}", call_text(op), first.what, first.actual, first.expected);
}

Setup setup_of(std::string_view profile, const Parameters& parameters) {
    Setup setup;
    setup.profile = profile;
    setup.parameters = parameters;
    return setup;
}

// A case that differs at its last operation, and the policies in which the profiles differ.
class Cause {
public:
    Cause(const Profile& first, const Profile& second, const Parameters& parameters, const Ops& ops)
        : first_(first), second_(second), parameters_(parameters), ops_(ops) {
        for (PolicyId id = 0; id < all_policies().size(); ++id)
            if (value_of(first.policy, id) != value_of(second.policy, id)) all_.push_back(id);
    }

    // The fewest found that explain the difference: one, or what is left of all of them when each that is not needed
    // is taken away. None: not even all of them do.
    [[nodiscard]] std::vector<PolicyId> policies() const {
        for (const PolicyId each : all_)
            if (explains({each})) return {each};
        std::vector<PolicyId> needed = all_;
        if (!explains(needed)) return {};
        for (const PolicyId each : all_) {
            std::vector<PolicyId> fewer = needed;
            std::erase(fewer, each);
            if (explains(fewer)) needed = std::move(fewer);
        }
        return needed;
    }

private:
    [[nodiscard]] bool explains(const std::vector<PolicyId>& policies) const {
        std::string name(first_.name);
        for (const PolicyId each : policies) name = profile_with(name, each, value_of(second_.policy, each));
        ModelSubject expected;
        ModelSubject actual;
        if (expected.reset(setup_of(second_.name, parameters_)) || actual.reset(setup_of(name, parameters_)))
            return false;
        return std::all_of(ops_.begin(), ops_.end(),
                           [&](const Op<Plain>& op) { return difference(op, expected, actual).empty(); });
    }

    const Profile& first_;
    const Profile& second_;
    const Parameters& parameters_;
    const Ops& ops_;
    std::vector<PolicyId> all_;
};

}  // namespace

ProfileSearchResult search_differences(const Profile& first, const Profile& second,
                                       const ProfileSearchOptions& options) {
    ProfileSearchResult result;
    Digest digest;
    for (; result.steps < options.ops; ++result.cases) {
        const CasePlan plan = plan_case(options.seed, result.cases, RandomLimits());
        ModelSubject expected;
        ModelSubject actual;
        if (expected.reset(setup_of(second.name, plan.parameters)) ||
            actual.reset(setup_of(first.name, plan.parameters)))
            internal_assertion_failed("a case cannot be set up");
        RandomOps generator(SplitMix64(plan.seed).next(), plan.parameters, plan.window);
        Ops ops;
        std::string differs;
        const std::uint64_t steps = std::min(options.case_steps, options.ops - result.steps);
        std::size_t phase = 0;
        for (std::uint64_t left = 0; ops.size() < steps && differs.empty(); --left) {
            if (left == 0) {
                const Phase& next = plan.phases[phase++ % plan.phases.size()];
                generator.set_mix(next.mix);
                left = next.steps;
            }
            ops.push_back(generator.next(*expected.world()));
            differs = difference(ops.back(), expected, actual);
        }
        result.steps += ops.size();
        digest.add(expected.world()->digest());
        if (differs.empty()) continue;
        const auto policies = Cause(first, second, plan.parameters, ops).policies();
        if (policies.empty())
            result.unexplained.push_back({result.cases, ops.size(), differs});
        else
            ++result.explained[policies];
    }
    result.digest = digest.value();
    return result;
}

}  // namespace vmacheck
