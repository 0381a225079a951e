// refcount of a NUMA policy is the number of VMAs that have it, and not 0. mpol_put frees at 0: too low is use after
// free. Broken by: mbind-old-policy-kept.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct PolicyReferences {
    static constexpr PropertyInfo info{"policy-references", PropertyKind::counter,
                                       "refcount of a policy is the number of VMAs that have it, and not 0",
                                       "mpol_put"};
    static constexpr Changes reads = changed::policy;
    static constexpr std::string_view field = "refcount";
    using Owner = MemPolicyId;
    using Member = VmaId;
    static Owner owner(const StateView<D>&, const Vma<D>& vma) { return vma.policy; }
    static Number<D> share(const StateView<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const MemPolicy& policy) { return std::uint64_t{policy.refcount}; }
    // A policy without references that no VMA names is found here alone.
    static void step(const Step<D>& step, Report& report) {
        step.world.template each_touched<MemPolicyId>(
            [&](MemPolicyId, MemPolicyId id) { check_policy(step.world, id, report); });
    }
    static void whole_world(const World<D>& world, Report& report) {
        world.template pool<MemPolicyId>().each(
            [&](MemPolicyId id, const MemPolicy&) { check_policy(world, id, report); });
    }

private:
    static void check_policy(const World<D>& world, MemPolicyId id, Report& report) {
        const MemPolicy* policy = id ? world.find(id) : nullptr;
        if (policy == nullptr) return;
        if (policy->refcount == 0) report.add(info, "{} has no reference left, but is not freed", describe(id));
        if (policy->content == 0) report.add(info, "{} is MPOL_DEFAULT, which is no policy", describe(id));
    }
};

}  // namespace vmacheck
