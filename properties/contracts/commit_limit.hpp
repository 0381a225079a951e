// The commit limit holds (__vm_enough_memory): a step that raises vm_committed_as leaves it where its overcommit mode
// allows it. In mode 2, strictly below the limit less what is withheld: admin_reserve without CAP_SYS_ADMIN, and of the
// address space that is charged a 32nd of its size, at most user_reserve. In mode 0 no request is for more than all
// memory. In mode 1 nothing is refused.
//
// Where v5.10 lets it pass: move_vma, whose source could not be unmapped for want of memory, takes back the charge that
// it had passed on. MREMAP_DONTUNMAP charges for the range that stays without asking, which is a bug
// (dontunmap-no-limit-check).
// Strict overcommit promises that memory which was given can be used; without the limit the OOM killer comes instead.
// Broken by: dontunmap-no-limit-check, commit-limit-ignored.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct CommitLimit {
    static constexpr PropertyInfo info{"commit-limit", PropertyKind::contract,
                                       "what raises vm_committed_as leaves it within the commit limit of mode 2, and "
                                       "no request of mode 0 is for more than all memory",
                                       "__vm_enough_memory"};

    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct CommitLimit<Plain>;
extern template struct CommitLimit<Traced>;

}  // namespace vmacheck
