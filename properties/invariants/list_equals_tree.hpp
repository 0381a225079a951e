// mm_rb and the list hold the same VMAs in the same order. Look-ups use the tree and walks the list: a VMA in one alone
// is found by some system calls and not by others. Broken by: link-rb-forgotten.
#pragma once

#include "properties/step/property.hpp"
#include "properties/step/tree_checks.hpp"

namespace vmacheck {

template <class D>
struct ListEqualsTree {
    static constexpr PropertyInfo info{"list-equals-tree", PropertyKind::invariant,
                                       "mm_rb holds the same VMAs as the list, in the same order",
                                       "find_vma, __vma_unlink"};
    static constexpr Changes reads = changed::list | changed::mm_rb;

    static void whole_mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        VmaId in_list = mm.mmap;
        std::size_t seen = 0;
        const std::size_t limit = world.template pool<VmaId>().live() + 1;
        const bool finished = each_in_order<VmaId>(
            mm.rb_root, limit, [&](VmaId node) { return mm_rb_links(world, node); },
            [&](VmaId node) {
                ++seen;
                const Vma<D>* vma = world.find(in_list);
                if (node != in_list || vma == nullptr) return false;
                in_list = vma->next;
                return true;
            });
        if (!finished || in_list)
            report.add(info, "mm_rb and the list of process {} differ from VMA number {} on", slot_of(world, id), seen);
    }
};

}  // namespace vmacheck
