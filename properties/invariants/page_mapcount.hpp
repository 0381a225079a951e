// mapcount of a page is the number of page-table entries that map it. page_remove_rmap frees at 0: too low is use after
// free, too high a leak. Broken by: fork-page-not-counted.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct PageMapcount {
    static constexpr PropertyInfo info{"page-mapcount", PropertyKind::counter,
                                       "mapcount of a page is the number of page-table entries that map it",
                                       "page_remove_rmap"};
    static constexpr std::string_view field = "mapcount";
    using Owner = PageId;
    using Member = PteId;
    static Owner owner(const StateView<D>&, const Pte<D>& pte) { return pte.page; }
    static Number<D> share(const StateView<D>&, const Pte<D>&) { return 1; }
    static Number<D> counted(Owner, const Page<D>& page) { return std::uint64_t{page.mapcount}; }
};

}  // namespace vmacheck
