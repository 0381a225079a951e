// A VMA's chain is of one family, ends with the root, and has each anon_vma's parent behind it. unlink_anon_vmas and
// the reuse rule of anon_vma_clone rely on the order. Broken by: clone-reverses-chain, clone-skips-newest.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct ChainOrder {
    static constexpr PropertyInfo info{
        "chain-order", PropertyKind::invariant,
        "a VMA's chain is of one family, ends with the root, and has each anon_vma's parent "
        "behind it",
        "lock_anon_vma_root, anon_vma_clone"};
    static constexpr Changes reads = changed::chain;

    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        const Avc<D>* oldest = world.find(vma.chain_oldest);
        const AnonVma* root = oldest != nullptr ? world.find(oldest->anon_vma) : nullptr;
        if (root == nullptr) return;
        if (root->root != oldest->anon_vma)
            report.add(info, "the chain of {} ends with {}, which is no root", describe(vma),
                       describe(oldest->anon_vma));
        for (const Avc<D>* avc = world.find(vma.chain_newest); avc != nullptr; avc = world.find(avc->older)) {
            const AnonVma* anon_vma = world.find(avc->anon_vma);
            if (anon_vma == nullptr) continue;
            if (anon_vma->root != root->root) report.add(info, "the chain of {} has two roots", describe(vma));
            if (anon_vma->parent == avc->anon_vma) continue;
            const Avc<D>* behind = world.find(avc->older);
            while (behind != nullptr && behind->anon_vma != anon_vma->parent) behind = world.find(behind->older);
            if (behind == nullptr)
                report.add(info, "in the chain of {} the parent of {} is not behind it", describe(vma),
                           describe(avc->anon_vma));
        }
    }
};

}  // namespace vmacheck
