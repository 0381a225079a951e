// Which calls a seal refuses (v6.18 mm/vma.h vma_is_sealed, mm/madvise.c can_madvise_modify; v6.12 has them in mm/mseal.c).
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

// vma_is_sealed: mseal has marked it; it is neither unmapped, nor moved, nor resized, nor given other rights.
template <class D>
bool vma_is_sealed(const Vma<D>& vma) {
    return (vma.flags & vm::sealed) != 0;
}

// is_discard: contents may be lost, here or in a child.
constexpr bool is_discard(Advice advice) {
    switch (advice) {
        case Advice::dontneed:
        case Advice::dontneed_locked:
        case Advice::free:
        case Advice::remove:
        case Advice::dontfork:
        case Advice::wipeonfork:
        case Advice::guard_install: return true;
        default: return false;
    }
}

// can_madvise_modify, negated: a seal keeps private memory that cannot be written from being discarded. Whether that of
// /dev/zero counts, which has a file and anonymous pages, is a policy.
template <class D>
bool seal_refuses(const World<D>& world, const Vma<D>& vma, Advice advice) {
    if (!vma_is_sealed(vma) || !is_discard(advice) || (vma.flags & vm::write) != 0) return false;
    if (world.profile().policy.mseal == Mseal::anonymous) return vma_is_anonymous(vma);
    return !vma.file && (vma.flags & vm::shared) == 0;
}

}  // namespace vmacheck
