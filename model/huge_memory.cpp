#include "model/huge_memory.hpp"

#include "model/page_table.hpp"

namespace vmacheck {
namespace {

// __transparent_hugepage_enabled for anonymous memory.
template <class D>
bool transparent_hugepage_enabled(const World<D>& world, const Vma<D>& vma) {
    const Parameters& p = world.parameters();
    if (!p.thp || p.thp_never || !vma_is_anonymous(vma) || (vma.flags & (vm::nohugepage | vm::shared)) != 0)
        return false;
    return p.thp_always || (vma.flags & vm::hugepage) != 0;
}

// The first page of the huge page around a page.
template <class D>
Number<D> huge_page_of(const World<D>& world, const Number<D>& page) {
    return page - remainder(page, world.parameters().huge_page_pages);
}

// transhuge_vma_suitable.
template <class D>
bool inside(const World<D>& world, const Vma<D>& vma, const Number<D>& first) {
    return first >= vma.start && first + world.parameters().huge_page_pages <= vma.end;
}

}  // namespace

template <class D>
bool suits_huge_page(const World<D>& world, const Vma<D>& vma, const Number<D>& page) {
    if (!transparent_hugepage_enabled(world, vma)) return false;
    const Number<D> first = huge_page_of(world, page);
    if (!inside(world, vma, first)) return false;
    const PteId mapped = first_pte_from(world, vma.mm, first);
    return !mapped || world[mapped].address >= first + world.parameters().huge_page_pages;
}

template <class D>
bool any_suits_huge_page(const World<D>& world, const Vma<D>& vma, const Number<D>& start, const Number<D>& end) {
    if (!transparent_hugepage_enabled(world, vma)) return false;
    const std::uint64_t huge = world.parameters().huge_page_pages;
    Number<D> first = huge_page_of(world, start);
    if (first < vma.start) first += huge;
    // Each turn but the last passes over an entry.
    for (; first < end && inside(world, vma, first); first += huge) {
        const PteId mapped = first_pte_from(world, vma.mm, first);
        if (!mapped || world[mapped].address >= first + huge) return true;
        first = huge_page_of(world, world[mapped].address);
    }
    return false;
}

template bool suits_huge_page(const World<Plain>&, const Vma<Plain>&, const Number<Plain>&);
template bool any_suits_huge_page(const World<Plain>&, const Vma<Plain>&, const Number<Plain>&, const Number<Plain>&);
template bool suits_huge_page(const World<Traced>&, const Vma<Traced>&, const Number<Traced>&);
template bool any_suits_huge_page(const World<Traced>&, const Vma<Traced>&, const Number<Traced>&,
                                  const Number<Traced>&);

}  // namespace vmacheck
