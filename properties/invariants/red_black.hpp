// mm_rb, every i_mmap and every anon_vma tree is a red-black tree. Otherwise look-ups get slow, and rotations of a
// broken tree lose nodes. Broken by: insert-not-recoloured, erase-not-rebalanced, unlink-leaves-edge.
#pragma once

#include "properties/step/property.hpp"
#include "properties/step/tree_checks.hpp"

namespace vmacheck {

template <class D>
struct RedBlack {
    static constexpr PropertyInfo info{"red-black", PropertyKind::invariant,
                                       "mm_rb, every i_mmap and every anon_vma tree is a red-black tree",
                                       "rb_insert_color, rb_erase_augmented"};
    static constexpr Changes reads = changed::mm_rb | changed::i_mmap | changed::anon_vma_tree;

    static void whole_mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        const auto defect = red_black_defect(mm.rb_root, world.template pool<VmaId>().live() + 1,
                                             [&](VmaId node) { return mm_rb_links(world, node); });
        if (defect) report.add(info, "mm_rb of process {}: {}", slot_of(world, id), *defect);
    }

    static void whole_i_mmap(const World<D>& world, AddressSpaceId id, const AddressSpace<D>& mapping, Report& report) {
        const auto defect = red_black_defect(mapping.i_mmap, world.template pool<VmaId>().live() + 1,
                                             [&](VmaId node) { return i_mmap_links(world, node); });
        if (defect) report.add(info, "i_mmap of {}: {}", describe(id), *defect);
    }

    static void whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        const auto defect = red_black_defect(anon_vma.rb_root, world.template pool<AvcId>().live() + 1,
                                             [&](AvcId node) { return avc_links(world, node); });
        if (defect) report.add(info, "interval tree of {}: {}", describe(id), *defect);
    }

    // The local part, for structures too large to be walked after each step.
    static void node(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        const auto check = [&](const TreeLinks<VmaId>& links, auto&& links_of, const char* tree) {
            if (links.red && !links.parent) report.add(info, "{} is the root of {} and red", describe(vma), tree);
            for (VmaId child : {links.left, links.right}) {
                const TreeLinks<VmaId>* below = child ? links_of(child) : nullptr;
                if (below == nullptr) continue;
                if (below->parent != id) report.add(info, "a child of {} in {} does not name it", describe(vma), tree);
                if (links.red && below->red)
                    report.add(info, "{} is red in {} and has a red child", describe(vma), tree);
            }
        };
        check(
            vma.rb, [&](VmaId node) { return mm_rb_links(world, node); }, "mm_rb");
        if (vma.in_i_mmap)
            check(
                vma.shared_rb, [&](VmaId node) { return i_mmap_links(world, node); }, "i_mmap");
    }

    static void avc(const World<D>& world, AvcId id, const Avc<D>& avc, Report& report) {
        if (avc.rb.red && !avc.rb.parent) report.add(info, "anon_vma_chain {} is a root and red", id.index() + 1);
        for (AvcId child : {avc.rb.left, avc.rb.right}) {
            const TreeLinks<AvcId>* below = child ? avc_links(world, child) : nullptr;
            if (below == nullptr) continue;
            if (below->parent != id) report.add(info, "a child of anon_vma_chain {} does not name it", id.index() + 1);
            if (avc.rb.red && below->red)
                report.add(info, "anon_vma_chain {} is red and has a red child", id.index() + 1);
        }
    }
};

}  // namespace vmacheck
