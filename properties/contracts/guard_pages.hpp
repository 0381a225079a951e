// A guard page refuses every access: of the process itself with SIGSEGV, whatever its VMA allows, from outside with
// EFAULT. And no page becomes one but by MADV_GUARD_INSTALL of a range that it lies in, by a move of mremap, or in a child
// whose parent has one there. That it stays one until it is taken away or unmapped is what pages-survive says.
// It takes the place of a mapping without access next to a stack or an arena: memory that may be touched there is an
// overflow that goes unnoticed. Broken by: guard-page-mapped.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct GuardPages {
    static constexpr PropertyInfo info{
        "guard-pages", PropertyKind::contract,
        "an access to a guard page is refused, and a page becomes one only where it was installed, moved or inherited",
        "handle_pte_marker, madvise_guard_install"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct GuardPages<Plain>;
extern template struct GuardPages<Traced>;

}  // namespace vmacheck
