// mprotect_fixup (v5.10 mm/mprotect.c): other access rights for a part of one VMA, as mprotect and exec give them.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// [start, end), page numbers within the VMA, gets the flags. *prev is the VMA below (the VMA itself if the range starts
// inside it, none if there is none), and becomes the one with the flags, where a walk takes the next. ok; enomem: a
// limit, a charge or memory; eperm: a seal; einval: ->split refuses.
template <class D>
Errno mprotect_fixup(World<D>& world, VmaId vma, VmaId* prev, const Number<D>& start, const Number<D>& end,
                     VmFlags flags);

}  // namespace vmacheck
