// VM_SOFTDIRTY says that a mapping is new since the last clear_refs. With CONFIG_MEM_SOFT_DIRTY what mmap_region,
// do_brk_flags and __install_special_mapping make has it; without, nothing gets it. It is no part of what must be the
// same in VMAs that merge: the VMA that a merge leaves may have it or not, for all its pages. Where nothing merges, no
// page's flag changes, and a child has its parent's.
// CRIU copies in its second pass only what is marked; a mapping without the mark is lost on the other side. Broken by:
// soft-dirty-never-set.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct SoftDirty {
    static constexpr PropertyInfo info{
        "soft-dirty", PropertyKind::contract,
        "a new mapping has VM_SOFTDIRTY where it is configured, and only a merge changes "
        "it for pages that were mapped before",
        "mmap_region, do_brk_flags"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct SoftDirty<Plain>;
extern template struct SoftDirty<Traced>;

}  // namespace vmacheck
