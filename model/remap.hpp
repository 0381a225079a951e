// The steps of mremap(2) (v5.10 mm/mremap.c) that its orders have in common (model/ops/mremap.cpp).
#pragma once

#include "model/munmap.hpp"
#include "model/unmapped_area.hpp"

namespace vmacheck {

// The call's arguments, checked for form: page numbers and counts.
template <class D>
struct RemapCall {
    MmId mm;
    Number<D> addr;
    Number<D> old_len;
    Number<D> new_len;  // above 0
    Bytes<D> new_addr;
    std::uint32_t flags;
    [[nodiscard]] bool has(std::uint32_t flag) const { return (flags & flag) != 0; }
    [[nodiscard]] bool to_new_addr() const { return has(mremap::fixed | mremap::dontunmap); }
};

// How it ended: the range's address, and whether what was added to it is locked, to be faulted in later.
template <class D>
struct RemapResult {
    Errno error = Errno::ok;
    Number<D> start;
    bool locked = false;
};

template <class D>
RemapResult<D> remap_failed(Errno error) {
    return {.error = error};
}

// do_munmap of what lies beyond the new length. einval: nothing does, or not in user space.
template <class D>
Errno unmap_tail(World<D>& world, const RemapCall<D>& call, Downgrade downgrade = Downgrade::no);

// Whether the old range at the address, which is in this VMA, may get the new size: the part of vma_to_resize that only
// asks. Does not ask for a charge.
template <class D>
Errno may_resize(const World<D>& world, const RemapCall<D>& call, VmaId vma);

// Whether the VMA has room to grow to the new length where it is: nothing is mapped there. A stack's guard gap above it
// is not looked at.
template <class D>
bool may_grow_in_place(const World<D>& world, const RemapCall<D>& call, VmaId vma);

// The VMA grows where it is, and merges with what it then touches where the profile says so. Not charged for here.
template <class D>
RemapResult<D> grow_in_place(World<D>& world, const RemapCall<D>& call, VmaId vma);

// get_unmapped_area for the range, which is in this VMA: at the new address, near it, or anywhere.
template <class D>
UnmappedArea<D> place_of_move(const World<D>& world, const RemapCall<D>& call, VmaId vma);

// move_vma since 5.16 where the charge is refused: the error, and what it has split before.
template <class D>
Errno move_without_charge(World<D>& world, const RemapCall<D>& call, VmaId vma);

// move_vma to that place, or its error. Not charged for here.
template <class D>
RemapResult<D> move_range(World<D>& world, const RemapCall<D>& call, VmaId vma);

// Whether the old and the new range have a page in common.
template <class D>
bool ranges_overlap(const RemapCall<D>& call);

}  // namespace vmacheck
