// madvise_walk_vmas (v5.17 mm/madvise.c; in v5.10 the loop of do_madvise): over the VMAs of a range, past holes.
#pragma once

#include "model/gap_tree.hpp"
#include "model/refusal.hpp"
#include "model/state/world.hpp"

namespace vmacheck {

// Calls visit(vma, &prev, from, to) for the part of each VMA in [start, end), which is not empty and does not wrap. It
// leaves in prev the VMA that now ends at `to` or contains it. Its error ends the walk. Holes are passed over and give
// ENOMEM at the end.
template <class D, class Visit>
Errno madvise_walk_vmas(World<D>& world, MmId mm, Number<D> start, const Number<D>& end, Visit&& visit) {
    bool hole = false;
    VmaId id = find_vma(world, mm, start);
    VmaId prev = prev_of(world, mm, id);
    if (id && start > world[id].start) prev = id;
    for (;;) {
        if (!id) return hole_refuses(world, start);
        if (start < world[id].start) {
            hole = true;
            hole_refuses(world, start);
            start = world[id].start;
            if (start >= end) return Errno::enomem;
        }
        // Only where a fault has left the list wrong, and then perhaps without an end. No question to a solver.
        world.bug_on(world[id].end.value() <= start.value(), "the walk goes back to lower addresses");
        const Number<D> to = end < world[id].end ? end : world[id].end;
        if (const Errno error = visit(id, &prev, start, to); error != Errno::ok) return error;
        start = to;
        if (prev && start < world[prev].end) start = world[prev].end;
        if (start >= end) return hole ? Errno::enomem : Errno::ok;
        id = prev ? world[prev].next : find_vma(world, mm, start);
    }
}

// The range of madvise and of PR_SET_VMA_ANON_NAME.
template <class D>
struct AdvisedRange {
    Errno error = Errno::ok;  // EINVAL: the address is off a page, the length rounds up to nothing, or the range wraps
    bool empty = false;       // nothing to do
    Number<D> end;            // page number, exclusive
};

template <class D>
AdvisedRange<D> advised_range(const Bytes<D>& addr, const Bytes<D>& len) {
    const bool rounds_to_nothing = !len.zero() && page_align_is_zero(len);
    if (!addr.aligned() || rounds_to_nothing) return {.error = Errno::einval, .end = {}};
    if (len.zero()) return {.empty = true, .end = {}};
    const Number<D> end = addr.page + len.round_up();
    // end < start: it wrapped. Exactly 2^64 wraps to 0, which is below any start but 0.
    const bool wraps = end > pages_in_64_bits || (end == pages_in_64_bits && addr.page > 0);
    return {.error = wraps ? Errno::einval : Errno::ok, .end = end};
}

}  // namespace vmacheck
