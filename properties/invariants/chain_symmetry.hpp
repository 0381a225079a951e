// Each anon_vma_chain is in its VMA's list and in its anon_vma's tree, at most one for a pair. One that is in the tree
// alone leads rmap_walk to a freed VMA; one in the list alone hides pages. Broken by: clone-skips-newest.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct ChainSymmetry {
    static constexpr PropertyInfo info{
        "chain-symmetry", PropertyKind::invariant,
        "each anon_vma_chain is in its VMA's list and its anon_vma's tree, at most one a pair; "
        "a VMA's anon_vma is among its chain, and one without anon_vma has no chain",
        "unlink_anon_vmas, anon_vma_clone"};
    static constexpr Changes reads = changed::anon_vma | changed::chain;

    static void vma(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        bool own = false;
        std::size_t left = world.template pool<AvcId>().live() + 1;
        AvcId last;
        for (AvcId at = vma.chain_newest; at && left-- > 0;) {
            const Avc<D>* avc = world.find(at);
            if (avc == nullptr) return;  // references' finding
            if (avc->vma != id) report.add(info, "the chain of {} holds an element of another VMA", describe(vma));
            if (avc->newer != last) report.add(info, "the chain of {} is not linked both ways", describe(vma));
            if (avc->anon_vma == vma.anon_vma) own = true;
            for (const Avc<D>* other = world.find(avc->older); other != nullptr; other = world.find(other->older))
                if (other->anon_vma == avc->anon_vma) {
                    report.add(info, "{} is tied twice to {}", describe(vma), describe(avc->anon_vma));
                    return;
                }
            last = at;
            at = avc->older;
        }
        if (last != vma.chain_oldest)
            report.add(info, "the chain of {} does not end at its oldest element", describe(vma));
        if (vma.anon_vma && !own)
            report.add(info, "{} has {} but no chain element to it", describe(vma), describe(vma.anon_vma));
        if (!vma.anon_vma && vma.chain_newest) report.add(info, "{} has a chain but no anon_vma", describe(vma));
    }

    static void avc(const World<D>& world, AvcId id, const Avc<D>& avc, Report& report) {
        if (!avc.in_tree) report.add(info, "anon_vma_chain {} is in no tree", id.index() + 1);
        if (const Avc<D>* newer = world.find(avc.newer)) {
            if (newer->older != id)
                report.add(info, "anon_vma_chain {} is not behind the one before it", id.index() + 1);
        } else if (const Vma<D>* vma = world.find(avc.vma); vma != nullptr && !avc.newer && vma->chain_newest != id) {
            report.add(info, "anon_vma_chain {} is not in the chain of {}", id.index() + 1, describe(*vma));
        }
    }
};

}  // namespace vmacheck
