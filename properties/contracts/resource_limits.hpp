// RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK and RLIMIT_STACK hold: a step that raises what one limits leaves it within the
// limit. A program that is over a limit already (it was lowered) may stay there, and not grow.
//
// Where v5.10 lets it pass:
//   insert_vm_struct    a special mapping is put in without a look at any limit
//   mmap_region         what MAP_FIXED replaces is taken off before RLIMIT_DATA is compared, data or not
//   mprotect_fixup      RLIMIT_DATA refuses only where may_expand_vm would have allowed as many pages with the old flags,
//                       so not where RLIMIT_AS is in the way
//   move_vma            a source that could not be unmapped for want of memory stays, and counts a second time
//   vma_to_resize       RLIMIT_MEMLOCK is compared with a sum of bytes that wraps at 2^64
// A limit that is not enforced lets one program take the memory of all. Broken by: rlimit-as-ignored,
// rlimit-data-ignored.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct ResourceLimits {
    static constexpr PropertyInfo info{
        "resource-limits", PropertyKind::contract,
        "what raises total_vm, data_vm, locked_vm or the size of a stack leaves it within RLIMIT_AS, "
        "RLIMIT_DATA, RLIMIT_MEMLOCK or RLIMIT_STACK",
        "may_expand_vm, acct_stack_growth, do_mlock"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct ResourceLimits<Plain>;
extern template struct ResourceLimits<Traced>;

}  // namespace vmacheck
