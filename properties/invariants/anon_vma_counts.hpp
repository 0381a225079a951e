#pragma once

#include "properties/step/property.hpp"
#include "properties/step/tree_checks.hpp"

namespace vmacheck {

template <class D>
struct NumActiveVmas {
    static constexpr PropertyInfo info{"num-active-vmas", PropertyKind::counter,
                                       "num_active_vmas is the number of VMAs whose anon_vma this is",
                                       "anon_vma_clone"};
    using Owner = AnonVmaId;
    using Member = VmaId;
    static Owner owner(const StateView<D>&, const Vma<D>& vma) { return vma.anon_vma; }
    static Number<D> share(const StateView<D>&, const Vma<D>&) { return 1; }
    static Number<D> counted(Owner, const AnonVma& anon_vma) { return std::uint64_t{anon_vma.num_active_vmas}; }
};

template <class D>
struct NumChildren {
    static constexpr PropertyInfo info{
        "num-children", PropertyKind::counter,
        "num_children is the number of anon_vmas whose parent this is, a root itself included", "anon_vma_clone"};
    using Owner = AnonVmaId;
    using Member = AnonVmaId;
    static Owner owner(const StateView<D>&, const AnonVma& anon_vma) { return anon_vma.parent; }
    static Number<D> share(const StateView<D>&, const AnonVma&) { return 1; }
    static Number<D> counted(Owner, const AnonVma& anon_vma) { return std::uint64_t{anon_vma.num_children}; }
};

template <class D>
struct AnonVmaRefcount {
    static constexpr PropertyInfo info{"anon-vma-refcount", PropertyKind::counter,
                                       "refcount is 1, and for a root one more for each other member of its family",
                                       "put_anon_vma"};
    using Owner = AnonVmaId;
    using Member = AnonVmaId;
    static Owner owner(const StateView<D>&, const AnonVma& anon_vma) { return anon_vma.root; }
    // Every anon_vma has one reference of its own until its tree is unlinked. A root names itself as root, so its own
    // is among the shares; another's own is left out here.
    static Number<D> share(const StateView<D>&, const AnonVma&) { return 1; }
    static Number<D> counted(Owner id, const AnonVma& anon_vma) {
        const std::uint64_t count = anon_vma.refcount;
        return anon_vma.root == id || count == 0 ? count : count - 1;
    }
    static void anon_vma(const World<D>&, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if (anon_vma.refcount == 0) report.add(info, "{} has no reference left, but is not freed", describe(id));
    }
};

template <class D>
struct AnonVmaDegree {
    static constexpr PropertyInfo info{"anon-vma-degree", PropertyKind::invariant,
                                       "degree is the number of children and of users together (before 6.0)",
                                       "anon_vma_clone"};
    static void anon_vma(const World<D>&, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if (anon_vma.degree != anon_vma.num_children + anon_vma.num_active_vmas)
            report.add(info, "degree of {} is {}, should be {}", describe(id), anon_vma.degree,
                       anon_vma.num_children + anon_vma.num_active_vmas);
    }
};

template <class D>
struct AnonVmaAttached {
    static constexpr PropertyInfo info{"anon-vma-attached", PropertyKind::invariant,
                                       "an anon_vma lives as long as something is attached to it", "unlink_anon_vmas"};
    static void anon_vma(const World<D>&, AnonVmaId id, const AnonVma& anon_vma, Report& report) {
        if (!anon_vma.rb_root) report.add(info, "nothing is attached to {}, but it is not freed", describe(id));
    }
};

}  // namespace vmacheck
