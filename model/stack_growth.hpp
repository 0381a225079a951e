// expand_stack: expand_downwards and acct_stack_growth of v5.10 mm/mmap.c.
#pragma once

#include "model/world.hpp"

namespace vmacheck {

// Grows a VM_GROWSDOWN VMA so that it starts at the page, which lies below it. ok, eperm or enomem; on enomem the VMA
// may have got its anon_vma.
template <class D>
Errno expand_downwards(World<D>& world, VmaId vma, const Number<D>& page);

}  // namespace vmacheck
