// Two VMAs of a process with the same anon_vma have the same chain. vma_merge keeps one chain for both: what the other
// had in addition is lost to reverse mapping. Broken by: clone-stops-at-own.
#pragma once

#include "properties/step/anon_vma_users.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct EqualChains {
    static constexpr PropertyInfo info{
        "equal-chains", PropertyKind::invariant,
        "two VMAs of a process with the same anon_vma have the same anon_vmas in their chains", "anon_vma_merge"};
    static constexpr Changes reads = changed::anon_vma | changed::owner | changed::chain;

    static bool equal(const World<D>& world, const Vma<D>& one, const Vma<D>& other) {
        const Avc<D>* a = world.find(one.chain_newest);
        const Avc<D>* b = world.find(other.chain_newest);
        while (a != nullptr && b != nullptr && a->anon_vma == b->anon_vma) {
            a = world.find(a->older);
            b = world.find(b->older);
        }
        return a == nullptr && b == nullptr;
    }
    static void vma(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        const Vma<D>* other = anon_vma_users::user_before_newcomer(world, id, vma);
        if (other != nullptr && other->mm == vma.mm && !equal(world, *other, vma))
            report.add(info, "{} came to {} of {} with a different chain", describe(vma), describe(vma.anon_vma),
                       describe(*other));
    }
    static void whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        const Vma<D>* first = nullptr;
        anon_vma_users::each_user(world, id, anon_vma, [&](const Vma<D>& vma) {
            if (first == nullptr) first = &vma;
            if (vma.mm != first->mm) return;  // one-owner's finding
            if (!equal(world, *first, vma))
                report.add(info, "{} and {} both use {} but have different chains", describe(*first), describe(vma),
                           describe(id));
        });
    }
};

}  // namespace vmacheck
