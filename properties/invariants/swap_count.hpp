// The count of a slot of swap space is the number of page-table entries that name it. swap_free gives the slot away at
// 0: too low, and two pages share it. Broken by: fork-swap-not-counted.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct SwapCount {
    static constexpr PropertyInfo info{"swap-count", PropertyKind::counter,
                                       "the count of a slot of swap space is the number of page-table entries that "
                                       "name it",
                                       "swap_free, reuse_swap_page"};
    static constexpr std::string_view field = "swap count";
    using Owner = SwapId;
    using Member = PteId;
    static Owner owner(const StateView<D>&, const Pte<D>& pte) { return pte.swap; }
    static Number<D> share(const StateView<D>&, const Pte<D>&) { return 1; }
    static Number<D> counted(Owner, const SwapSlot& slot) { return std::uint64_t{slot.count}; }
};

}  // namespace vmacheck
