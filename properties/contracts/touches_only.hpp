// Which VMAs an operation may change at all. Links of list and trees and cached gaps are not looked at: neighbours
// share them; what a VMA is (range, offset, flags, file, anon_vma) belongs to the process that the operation is about.
// The same for page-table entries of other processes, and outside the range of an advice about pages. Few operations
// change what an open file is, the size of an inode, or which processes there are; the others must not. Where an
// operation neither faults nor reclaims, it must not change whether a page may be written or dropped. A change elsewhere
// is memory corruption of another thread or process. Broken by: free-page-above.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct TouchesOnly {
    static constexpr PropertyInfo info{
        "touches-only", PropertyKind::contract,
        "an operation changes only VMAs of its own process that its range overlaps or touches; "
        "fork changes none of the parent and makes only the child's; exit frees its own; pages of others are "
        "unmapped only by reclaim and by holes in their file; open files stay what they are",
        "every system call"};
    static constexpr bool of_changes = true;
    static void step(const Step<D>& step, Report& report);
};

extern template struct TouchesOnly<Plain>;
extern template struct TouchesOnly<Traced>;

}  // namespace vmacheck
