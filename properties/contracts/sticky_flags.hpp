// VM_MAYBE_GUARD says that there may be guard pages in a VMA, and is never taken back: not by a merge, a cut, a move, a
// change of other flags, nor by MADV_GUARD_REMOVE. By it fork knows that the page tables must be copied. Since 6.19 the
// VMA that a merge leaves has it, and VM_SOFTDIRTY, if one of those had it that it is made of; what is newly mapped brings
// none of the former with it. A kernel before has no VM_MAYBE_GUARD. Broken by: merge-drops-sticky, name-drops-sticky.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct StickyFlags {
    static constexpr PropertyInfo info{
        "sticky-flags", PropertyKind::contract,
        "a VMA has VM_MAYBE_GUARD and, since 6.19, VM_SOFTDIRTY if one of those had it whose pages it has; "
        "VM_MAYBE_GUARD comes by MADV_GUARD_INSTALL alone",
        "vma_merge_existing_range, vma_expand, vma_modify_flags"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct StickyFlags<Plain>;
extern template struct StickyFlags<Traced>;

}  // namespace vmacheck
