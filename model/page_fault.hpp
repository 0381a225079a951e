// What a fault does to one page of a VMA (v5.10 mm/memory.c handle_mm_fault and below it): for user accesses, and where
// the kernel faults pages in itself.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Makes a page inside the VMA present for the access, whose rights the caller has checked. Only a write to private
// memory gives the VMA its anon_vma. ok; sigbus: shared memory without an object, or a missing page of a range
// registered with userfaultfd; enomem: out of memory. In the last two cases perhaps after the anon_vma was prepared.
template <class D>
Errno handle_mm_fault(World<D>& world, VmaId vma, const Number<D>& page, Access access);

}  // namespace vmacheck
