// Every name that a live object holds is of a live object: no use after free is waiting to happen. The other properties
// pass over dangling names; this one reports them. Broken by: av-fork-leak, unlink-leaves-edge, unlink-prev-stale,
// clone-error-keeps-edges.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct References {
    static constexpr PropertyInfo info{"references", PropertyKind::invariant,
                                       "every name that a live object holds is of a live object",
                                       "unlink_anon_vmas, rmap_walk"};
    static constexpr Changes reads = changed::anything & ~changed::neighbour;

    static void vma(const World<D>& world, VmaId, const Vma<D>& vma, Report& report) {
        const auto check = [&](auto id, const char* what) {
            if (id && world.find(id) == nullptr) report.add(info, "{} of {} was freed", what, describe(vma));
        };
        if (world.find(vma.mm) == nullptr) report.add(info, "the address space of {} was freed", describe(vma));
        check(vma.prev, "vm_prev");
        check(vma.next, "vm_next");
        check(vma.rb.parent, "the tree parent");
        check(vma.rb.left, "the left child");
        check(vma.rb.right, "the right child");
        check(vma.file, "vm_file");
        check(vma.policy, "vm_policy");
        check(vma.shared_rb.parent, "the i_mmap parent");
        check(vma.shared_rb.left, "the left child in i_mmap");
        check(vma.shared_rb.right, "the right child in i_mmap");
        check(vma.anon_vma, "anon_vma");
        check(vma.chain_newest, "the newest anon_vma_chain");
        check(vma.chain_oldest, "the oldest anon_vma_chain");
    }

    static void mm(const World<D>& world, MmId id, const Mm<D>& mm, Report& report) {
        const auto check = [&](auto first, const char* what) {
            if (first && world.find(first) == nullptr)
                report.add(info, "the {} of process {} was freed", what, slot_of(world, id));
        };
        check(mm.mmap, "first VMA");
        check(mm.rb_root, "root of mm_rb");
        check(mm.pte_root, "root of the page tables");
    }

    static void avc(const World<D>& world, AvcId id, const Avc<D>& avc, Report& report) {
        if (world.find(avc.vma) == nullptr) report.add(info, "anon_vma_chain {} outlives its VMA", id.index() + 1);
        if (world.find(avc.anon_vma) == nullptr)
            report.add(info, "anon_vma_chain {} outlives its anon_vma", id.index() + 1);
        for (AvcId other : {avc.newer, avc.older, avc.rb.parent, avc.rb.left, avc.rb.right})
            if (other && world.find(other) == nullptr)
                report.add(info, "anon_vma_chain {} is linked to one that was freed", id.index() + 1);
    }

    static void anon_vma(const World<D>& world, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if (world.find(anon_vma.root) == nullptr) report.add(info, "the root of {} was freed", describe(id));
        if (world.find(anon_vma.parent) == nullptr) report.add(info, "the parent of {} was freed", describe(id));
        if (anon_vma.rb_root && world.find(anon_vma.rb_root) == nullptr)
            report.add(info, "the tree of {} begins with a freed anon_vma_chain", describe(id));
    }

    static void file(const World<D>& world, FileId id, const File<D>& file, Report& report) {
        if (file.base && world.find(file.base) == nullptr)
            report.add(info, "the segment of {} was freed", describe(id));
        if (world.find(file.mapping) == nullptr) report.add(info, "the address_space of {} was freed", describe(id));
    }

    static void address_space(const World<D>& world, AddressSpaceId id, const AddressSpace<D>& mapping,
                              Report& report) {
        if (mapping.i_mmap && world.find(mapping.i_mmap) == nullptr)
            report.add(info, "the i_mmap of {} begins with a freed VMA", describe(id));
        if (mapping.page_cache && world.find(mapping.page_cache) == nullptr)
            report.add(info, "the page cache of {} begins with a freed page", describe(id));
    }

    static void page(const World<D>& world, PageId id, const Page<D>& page, Report& report) {
        if (page.anon_vma && world.find(page.anon_vma) == nullptr)
            report.add(info, "page->mapping of {} is an anon_vma that was freed", describe(id));
        if (page.mapping && world.find(page.mapping) == nullptr)
            report.add(info, "page->mapping of {} is an address_space that was freed", describe(id));
    }
};

}  // namespace vmacheck
