// The key of a node in an interval tree is its VMA's present offsets. What changes start, end or pgoff has to take the
// node out and put it back; otherwise rmap_walk misses the VMA and leaves a page mapped. Broken by:
// adjust-next-avc-key-stale, adjust-i-mmap-key-stale, av-mremap-stale-key.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct IntervalKeys {
    static constexpr PropertyInfo info{
        "interval-keys", PropertyKind::invariant,
        "a VMA is in i_mmap exactly if it has a file, and each interval-tree node is keyed by "
        "its VMA's present page offsets",
        "rmap_walk_anon, rmap_walk_file"};
    static constexpr Changes reads = changed::range | changed::file | changed::key | changed::chain;

    static bool current(const IntervalNode<D>& node, const Vma<D>& vma) {
        return node.first == vma.pgoff && node.last == vma.pgoff + (vma.end - vma.start - 1);
    }

    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        if (vma.end <= vma.start) return;  // list-order's finding
        if (vma.in_i_mmap != static_cast<bool>(vma.file))
            report.add(info, "{} {}", describe(vma),
                       vma.file ? "has a file but is not in i_mmap" : "is in an i_mmap without a file");
        if (vma.in_i_mmap && !current(vma.shared, vma))
            report.add(info, "{} is keyed {:#x}..{:#x} in i_mmap, its offsets are {:#x}..", describe(vma),
                       vma.shared.first.value(), vma.shared.last.value(), vma.pgoff.value());
        for (const Avc<D>* avc = world.find(vma.chain_newest); avc != nullptr; avc = world.find(avc->older))
            if (avc->in_tree && !current(avc->interval, vma))
                report.add(info, "{} is keyed {:#x}..{:#x} in {}, its offsets are {:#x}..", describe(vma),
                           avc->interval.first.value(), avc->interval.last.value(), describe(avc->anon_vma),
                           vma.pgoff.value());
    }
};

}  // namespace vmacheck
