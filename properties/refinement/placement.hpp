// Where mmap and mremap without a fixed address must put a mapping, and what it must answer if it cannot: a linear scan
// of the VMAs as they were before the step, stated after what vm_unmapped_area promises, not after how it searches.
//
// The address is the hint if it is free with the guard gaps of the stacks above it; else the highest that fits below
// mmap_base (the lowest at or above the legacy base in the legacy layout, under MAP_32BIT, or when the first search
// fails).
//
// Huge pages are put at their multiples: a fixed address must be one (EINVAL), a hint is rounded down to one, be it 0,
// and what is searched for is as much longer as aligning it may take. MAP_32BIT means nothing then.
//
// One case is left open. The search takes the lower ends of VMAs, less their guard gaps, to rise with the address, and
// a stack close above another VMA breaks that: where its guard gap reaches below the lowest end that a fit could have,
// the shape of the tree decides whether the space below is looked at. Then any free address will do, or none. The same
// holds, mirrored, above a stack that grows up.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct Placement {
    Errno error = Errno::ok;  // enomem: no room; eperm: only below mmap_min_addr; einval: an unaligned fixed address
    Number<D> start;          // page number
    bool open = false;        // a guard gap may hide this answer from the search
};

// What is asked of the search. Fixed addresses (map::fixed, map::fixed_noreplace) are only validated.
template <class D>
struct PlacementRequest {
    Bytes<D> addr;                // the hint, or the fixed address
    Number<D> len;                // pages, above 0
    MapFlags flags = 0;           // fixed, fixed_noreplace and bit32 are looked at
    bool raises_low_hint = true;  // mmap lifts a hint below mmap_min_addr to it; mremap does not
    std::uint64_t huge = 1;       // pages in a huge page, where the mapping consists of these
    bool transparent = false;     // private anonymous memory, for which transparent huge pages may decide
    bool huge_aligned = false;    // a file for which they may
    Number<D> offset = 0;         // of its first page, pages
};

// Walks the whole list of the caller as it was before the step.
template <class D>
Placement<D> specified_placement(const Step<D>& step, MmId mm, const PlacementRequest<D>& request);

// The same for mmap; `len` in pages, rounded up.
template <class D>
Placement<D> specified_placement(const Step<D>& step, MmId mm, const Number<D>& len);

}  // namespace vmacheck
