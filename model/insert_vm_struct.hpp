// insert_vm_struct (v5.10 mm/mmap.c): a VMA that the kernel has filled in itself, for a special mapping or for the
// stack of a new program. No limit is looked at: neither map_count nor RLIMIT_AS nor RLIMIT_MEMLOCK.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// The VMA has its range and flags and is linked nowhere. Anonymous memory gets the offset of its address. ok; enomem:
// it overlaps another, or may not be charged; it is still the caller's then.
template <class D>
Errno insert_vm_struct(World<D>& world, VmaId vma);

}  // namespace vmacheck
