// exit_mmap (v5.10 mm/mmap.c): the end of an address space, at exit and where a fork fails half way.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// Takes down all VMAs and frees the mm.
template <class D>
void exit_mmap(World<D>& world, MmId mm);

}  // namespace vmacheck
