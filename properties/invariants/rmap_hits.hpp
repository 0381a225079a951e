// The other direction of rmap-completeness: the walk over a page's reverse mapping meets as many entries of it as its
// mapcount says. try_to_unmap gives up on a page of which one is left. Broken by: av-oldest-mapping.
#pragma once

#include "model/interval_tree.hpp"
#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct RmapHits {
    static constexpr PropertyInfo info{
        "rmap-hits", PropertyKind::invariant,
        "the walk over a page's reverse mapping meets as many entries of it as its mapcount says", "try_to_unmap"};

    static void page(const World<D>& world, PageId id, const Page<D>& page, Report& report) {
        if (page.mapcount == 0 || static_cast<bool>(page.anon_vma) == static_cast<bool>(page.mapping)) return;
        std::uint64_t hits = 0;
        const auto count = [&](VmaId vma) { hits += maps(world, vma, id, page) ? 1 : 0; };
        if (page.anon_vma) {
            if (world.find(page.anon_vma) == nullptr) return;  // rmap-completeness says so
            for (AvcId each : anon_vma_lookup(world, page.anon_vma, page.index)) count(world[each].vma);
        } else if (world.find(page.mapping) != nullptr) {
            for (VmaId each : i_mmap_lookup(world, page.mapping, page.index)) count(each);
        }
        if (hits != page.mapcount)
            report.add(info, "the walk over the reverse mapping of {} meets {} entries, expected {}", describe(id),
                       hits, page.mapcount);
    }

private:
    // Whether the VMA's entry for the page's index is one of this page. Walks the page table without the model's look-up.
    static bool maps(const World<D>& world, VmaId vma_id, PageId id, const Page<D>& page) {
        const Vma<D>* vma = world.find(vma_id);
        const Mm<D>* mm = vma != nullptr ? world.find(vma->mm) : nullptr;
        if (mm == nullptr || page.index < vma->pgoff) return false;
        const Number<D> at = vma->start + (page.index - vma->pgoff);
        for (PteId node = mm->pte_root; node;) {
            const Pte<D>& pte = world[node];
            if (pte.address == at) return pte.page == id;
            node = at < pte.address ? pte.rb.left : pte.rb.right;
        }
        return false;
    }
};

}  // namespace vmacheck
