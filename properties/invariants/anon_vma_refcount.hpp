// refcount of an anon_vma is 1, and for a root one more for each other member of its family. put_anon_vma frees at 0:
// too low is use after free, too high a leak. Broken by: fork-root-not-referenced.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct AnonVmaRefcount {
    static constexpr PropertyInfo info{"anon-vma-refcount", PropertyKind::counter,
                                       "refcount is 1, and for a root one more for each other member of its family",
                                       "put_anon_vma"};
    static constexpr std::string_view field = "refcount";
    using Owner = AnonVmaId;
    using Member = AnonVmaId;
    static Owner owner(const StateView<D>&, const AnonVma& anon_vma) { return anon_vma.root; }
    // Every anon_vma holds one reference to itself until its tree is unlinked. A root names itself as root, so its own
    // is among the shares; another's own is left out here.
    static Number<D> share(const StateView<D>&, const AnonVma&) { return 1; }
    static Number<D> counted(Owner id, const AnonVma& anon_vma) {
        const std::uint64_t count = anon_vma.refcount;
        return anon_vma.root == id || count == 0 ? count : count - 1;
    }
    static Number<D> held(const AnonVma& anon_vma) { return std::uint64_t{anon_vma.refcount}; }
    static void anon_vma(const World<D>&, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if (anon_vma.refcount == 0) report.add(info, "{} has no reference left, but is not freed", describe(id));
    }
};

}  // namespace vmacheck
