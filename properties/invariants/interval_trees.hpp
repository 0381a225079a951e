// Interval trees are ordered by first offset, and each node caches the largest last offset of its subtree. A cached
// value that is too small hides VMAs from rmap_walk. Broken by: interval-last-kept.
#pragma once

#include "properties/step/property.hpp"
#include "properties/step/tree_checks.hpp"

namespace vmacheck {

template <class D>
struct IntervalTrees {
    static constexpr PropertyInfo info{
        "interval-trees", PropertyKind::invariant,
        "interval trees are ordered by first offset, and each node caches the largest last "
        "offset of its subtree",
        "vma_interval_tree_iter_first, anon_vma_interval_tree_iter_first"};
    static constexpr Changes reads = changed::i_mmap | changed::anon_vma_tree;

    // One node against its children.
    template <class Node, class ChildOf>
    static void against_children(const IntervalNode<D>& own, const TreeLinks<Node>& links, ChildOf&& child_of,
                                 const std::string& who, Report& report) {
        Number<D> largest = own.last;
        for (bool left : {true, false}) {
            const IntervalNode<D>* child = child_of(left ? links.left : links.right);
            if (child == nullptr) continue;
            if (left ? child->first > own.first : child->first < own.first)
                report.add(info, "{}: a {} child begins at {:#x}, the node at {:#x}", who, left ? "left" : "right",
                           child->first.value(), own.first.value());
            largest = max(largest, child->subtree_last);
        }
        if (own.subtree_last != largest)
            report.add(info, "{}: subtree_last is {:#x}, expected {:#x}", who, own.subtree_last.value(),
                       largest.value());
    }

    static bool same_mapping(const World<D>& world, FileId a, FileId b) {
        const File<D>* first = world.find(a);
        const File<D>* second = world.find(b);
        return first == nullptr || second == nullptr || first->mapping == second->mapping;
    }

    // A node without a parent is the one that the walk begins with; else the walk finds neither it nor what is below.
    static void at_root(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        const File<D>* file = world.find(vma.file);
        const AddressSpace<D>* mapping = file != nullptr ? world.find(file->mapping) : nullptr;
        if (mapping != nullptr && mapping->i_mmap != id)
            report.add(info, "i_mmap of {} does not begin with {}, which has no parent", describe(file->mapping),
                       describe(vma));
    }

    static void node(const World<D>& world, VmaId id, const Vma<D>& vma, Report& report) {
        if (!vma.in_i_mmap) return;
        if (!vma.shared_rb.parent) at_root(world, id, vma, report);
        const auto child_of = [&](VmaId link) -> const IntervalNode<D>* {
            const Vma<D>* child = world.find(link);
            return child != nullptr ? &child->shared : nullptr;
        };
        against_children(vma.shared, vma.shared_rb, child_of, "i_mmap", report);
        for (const VmaId each : {vma.shared_rb.left, vma.shared_rb.right}) {
            const Vma<D>* child = world.find(each);
            if (child != nullptr && child->file != vma.file && !same_mapping(world, child->file, vma.file))
                report.add(info, "{} is in one i_mmap with {} of another file", describe(vma), describe(*child));
        }
    }

    static void avc(const World<D>& world, AvcId, const Avc<D>& avc, Report& report) {
        const auto child_of = [&](AvcId id) -> const IntervalNode<D>* {
            const Avc<D>* child = world.find(id);
            return child != nullptr ? &child->interval : nullptr;
        };
        against_children(avc.interval, avc.rb, child_of, "anon_vma tree", report);
    }

    // Order over the whole tree; a child in order with its parent may still be out of order with an ancestor.
    static void whole_i_mmap(const World<D>& world, AddressSpaceId id, const AddressSpace<D>& mapping, Report& report) {
        const Vma<D>* last = nullptr;
        each_in_order<VmaId>(
            mapping.i_mmap, world.template pool<VmaId>().live() + 1, [&](VmaId at) { return i_mmap_links(world, at); },
            [&](VmaId at) {
                const Vma<D>* vma = world.find(at);
                if (last != nullptr && vma->shared.first < last->shared.first)
                    report.add(info, "i_mmap of {} is not sorted at {}", describe(id), describe(*vma));
                if (const File<D>* file = world.find(vma->file); file != nullptr && file->mapping != id)
                    report.add(info, "i_mmap of {} holds {} of another file", describe(id), describe(*vma));
                last = vma;
                return true;
            });
    }

    static void whole_anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        const Avc<D>* last = nullptr;
        each_in_order<AvcId>(
            anon_vma.rb_root, world.template pool<AvcId>().live() + 1, [&](AvcId at) { return avc_links(world, at); },
            [&](AvcId at) {
                const Avc<D>* avc = world.find(at);
                if (last != nullptr && avc->interval.first < last->interval.first)
                    report.add(info, "the tree of {} is not sorted", describe(id));
                if (avc->anon_vma != id)
                    report.add(info, "the tree of {} holds an anon_vma_chain of another", describe(id));
                last = avc;
                return true;
            });
    }
};

}  // namespace vmacheck
