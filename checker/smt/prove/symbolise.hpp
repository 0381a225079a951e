// Replaces the numbers of a World that was built from concrete ones by symbolic numbers with the same values.
#pragma once

#include "checker/smt/prove/tree_shapes.hpp"
#include "model/state/world.hpp"

#include <vector>

namespace vmacheck::prove {

template <class D>
struct VmaNumbers {
    Number<D> start;
    Number<D> end;
    Number<D> pgoff;
};

// numbers: of the VMAs of mm, in order. Everything derived from them is recomputed: counters, gaps, and the keys
// and maxima of interval trees. How an interval tree is ordered depends on the numbers, so it is recorded as decisions.
// mm_rb takes the shape, if one is given. A recorder's scope must be open. No other address space may have VMAs.
void symbolise_world(World<Traced>& world, MmId mm, const std::vector<VmaNumbers<Traced>>& numbers,
                     const Bytes<Traced>& brk, const TreeShape* shape = nullptr);

}  // namespace vmacheck::prove
