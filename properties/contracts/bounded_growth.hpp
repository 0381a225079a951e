// A lineage of processes that fork and exit does not collect anon_vmas without end: before 3.19 it did, until memory
// ran out.
//
// The count of anon_vmas alone is not bounded by the VMAs that are left: k nested forks of which all but the deepest
// exit leave k anon_vmas for one VMA. What the reuse rule promises is that the next fork adds none to such a chain.
// Where a fork does make a new one, each older element of the chain has a user, or two children that lead to users, or
// is the root. Broken by: av-endless-growth.
#pragma once

#include "properties/step/property.hpp"
#include "properties/step/tree_checks.hpp"

namespace vmacheck {

template <class D>
struct BoundedGrowth {
    static constexpr PropertyInfo info{
        "bounded-growth", PropertyKind::contract,
        "a chain that a fork has lengthened has at most two anon_vmas for each VMA of the family, "
        "and one more",
        "anon_vma_clone (endless growth before 3.19)"};

    static void step(const Step<D>& step, Report& report) {
        if (step.op.kind != OpKind::fork || !step.outcome.ok() || !step.outcome.has(Event::anon_vma_forked)) return;
        const World<D>& world = step.world;
        for (const EventRecord& event : step.outcome.events) {
            if (event.event != Event::anon_vma_forked) continue;
            world.template each_touched<VmaId>([&](VmaId, VmaId after) {
                const Vma<D>* vma = after.raw() == event.b ? world.find(after) : nullptr;
                if (vma != nullptr) check(world, *vma, report);
            });
        }
    }

private:
    static void check(const World<D>& world, const Vma<D>& vma, Report& report) {
        const Avc<D>* oldest = world.find(vma.chain_oldest);
        const AnonVma* root = oldest != nullptr ? world.find(oldest->anon_vma) : nullptr;
        if (root == nullptr) return;
        std::uint64_t length = 0;
        const std::size_t limit = world.template pool<AvcId>().live() + 1;
        for (const Avc<D>* avc = world.find(vma.chain_newest); avc != nullptr && length < limit;
             avc = world.find(avc->older))
            ++length;
        std::uint64_t attached = 0;  // each VMA of a family is tied to its root
        each_in_order<AvcId>(
            root->rb_root, limit, [&](AvcId at) { return avc_links(world, at); },
            [&](AvcId) {
                ++attached;
                return 2 * attached + 1 < length;  // enough
            });
        if (length > 2 * attached + 1)
            report.add(info, "the chain of {} has {} anon_vmas, the family {} VMAs", describe(vma), length, attached);
    }
};

}  // namespace vmacheck
