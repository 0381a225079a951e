// The list itself; included only where examiners are built.
#pragma once

#include "properties/all.hpp"
#include "properties/run/property_checker.hpp"

namespace vmacheck {

// clang-format off
template <class D>
using Catalogue = PropertyCheckerOf<D,
    // VMAs and their trees
    ListOrder<D>,
    ListEqualsTree<D>,
    RedBlack<D>,
    GapCache<D>,
    HighestVmEnd<D>,
    MapCount<D>,
    AccessWithinMay<D>,
    AccountFlag<D>,
    UnfaultedPgoff<D>,
    PgoffRange<D>,
    UffdContext<D>,
    AnonName<D>,
    MergeableKnown<D>,
    // reverse mapping
    IntervalKeys<D>,
    IntervalTrees<D>,
    ChainSymmetry<D>,
    ChainOrder<D>,
    OneOwner<D>,
    EqualChains<D>,
    NumActiveVmas<D>,
    NumChildren<D>,
    AnonVmaRefcount<D>,
    AnonVmaDegree<D>,
    AnonVmaAttached<D>,
    // pages
    RmapCompleteness<D>,
    PageRights<D>,
    PagesInsideVmas<D>,
    PageMapcount<D>,
    PageInUse<D>,
    RmapHits<D>,
    SwapCount<D>,
    SwapCache<D>,
    SwapEntries<D>,
    // counters
    TotalVm<D>,
    DataVm<D>,
    ExecVm<D>,
    StackVm<D>,
    LockedVm<D>,
    Committed<D>,
    // files
    FileReferences<D>,
    WritableMappings<D>,
    HooksBalanced<D>,
    SegmentClones<D>,
    HookAlignment<D>,
    AddressSpaceUse<D>,
    WithinFileSize<D>,
    // policies
    PolicyReferences<D>,
    // contracts and refinement
    BoundedGrowth<D>,
    LockBalance<D>,
    ResidueOfErrors<D>,
    MapCountLimit<D>,
    GuardGap<D>,
    HiwaterVm<D>,
    MergeCaseTable<D>,
    PageMapRefinement<D>,
    TouchesOnly<D>, // after those that say what should have been: what it names is often the effect of that
    References<D>>; // last: reports the dangling names that the others pass over
// clang-format on

}  // namespace vmacheck
