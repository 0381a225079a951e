// An operation lets go of locks on its way, and another task may take a step there (Op::meanwhile). What is about one
// operation alone says nothing of the two together; this does: they end as one after the other.
//
// Compared are the VMAs, the counters but for the peak, which pages are present and which of them may be written, and the
// results; not where an allocation is to fail. Of the page that the other step reclaims only that it is in memory or in
// swap space: which of its entries are unmapped before a locked VMA is met is up to the moment. Both orders are performed
// on a copy of the World. Not asked of exec: while the stack moves, reverse mapping looks for its pages where they are
// not yet, so reclaim keeps what it would take before and after. An access may be refused its charge between that of a new
// mapping and the end of the old one: it then ends as where nothing can be charged. Broken by: munmap-downgrade-race, fork-counters-before-lock.
#pragma once

#include "properties/step/property.hpp"

namespace vmacheck {

template <class D>
struct Linearizable {
    static constexpr PropertyInfo info{
        "linearizable", PropertyKind::contract,
        "an operation within which another task takes a step ends as if the two had come one after the other",
        "page faults and reclaim, which run while munmap, mremap and fork do"};
    static constexpr bool of_interleaved = true;

    static void step(const Step<D>& step, Report& report);
};

extern template struct Linearizable<Plain>;
extern template struct Linearizable<Traced>;

}  // namespace vmacheck
