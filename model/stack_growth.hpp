// expand_stack: expand_downwards, expand_upwards and acct_stack_growth of v5.10 mm/mmap.c, and the search for the VMA
// to grow that page faults and find_extend_vma share.
//
// Where stacks grow up (Parameters::stack_grows_up, CONFIG_STACK_GROWSUP) only VM_GROWSUP memory grows, and the VMA
// *below* the address is asked; MAP_GROWSDOWN memory keeps its guard gap there, and never grows.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Grows a VM_GROWSDOWN VMA so that it starts at the page, which lies below it. ok, eperm or enomem; on enomem the VMA
// may have got its anon_vma. `current` is the address space of the task that runs, the VMA's own in a page fault.
template <class D>
Errno expand_downwards(World<D>& world, VmaId vma, const Number<D>& page, MmId current);

// Grows a VM_GROWSUP VMA so that its last page is this one, which lies above it. ok, efault (not VM_GROWSUP) or enomem.
template <class D>
Errno expand_upwards(World<D>& world, VmaId vma, const Number<D>& page, MmId current);

// The VMA around the page, grown to it if it is a stack that may. No VMA: nothing is there, or growth was refused.
template <class D>
struct Extended {
    VmaId vma;
    bool grown = false;
    Number<D> old_start;  // of a VMA that grew: where it started before
};
template <class D>
Extended<D> find_or_expand(World<D>& world, MmId mm, const Number<D>& page, MmId current);

}  // namespace vmacheck
