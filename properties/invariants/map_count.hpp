// map_count is the number of VMAs. The limit of do_mmap and split_vma reads it: too large, and a process is refused
// mappings for good. Broken by: merge-map-count-kept.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct MapCount {
    static constexpr PropertyInfo info{"map-count", PropertyKind::counter, "map_count is the number of VMAs",
                                       "do_mmap, split_vma, __do_munmap"};
    static constexpr Changes reads = changed::owner;
    static constexpr std::string_view field = "map_count";
    using Owner = MmId;
    using Member = VmaId;
    static Owner owner(const StateView<D>&, const Vma<D>& vma) { return vma.mm; }
    static Number<D> share(const StateView<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const Mm<D>& mm) { return std::uint64_t{mm.map_count}; }
};

}  // namespace vmacheck
