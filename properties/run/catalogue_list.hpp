// The list itself, in groups that are compiled apart; included only where the groups are made.
//
// A property is registered by one line here, in the group that fits. Of several violations of one step the headline is
// that of the property that stands first here (properties/run/headline.hpp): what is said of a structure points at the
// mistake, a sum that is wrong is often its effect.
#pragma once

#include "properties/all.hpp"
#include "properties/run/property_group.hpp"

namespace vmacheck {

// clang-format off
// VMAs and their trees
template <class D>
using VmaProperties = PropertyGroupOf<D,
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
    MergeableKnown<D>>;

// The reverse mapping: interval trees, chains, anon_vmas
template <class D>
using ReverseMappingProperties = PropertyGroupOf<D,
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
    AnonVmaAttached<D>>;

// Pages and swap space
template <class D>
using PageProperties = PropertyGroupOf<D,
    RmapCompleteness<D>,
    PageRights<D>,
    PagesInsideVmas<D>,
    PageMapcount<D>,
    PageInUse<D>,
    RmapHits<D>,
    SwapCount<D>,
    SwapCache<D>,
    SwapEntries<D>,
    GuardEntries<D>>;

// Files, hooks and policies
template <class D>
using FileProperties = PropertyGroupOf<D,
    FileReferences<D>,
    WritableMappings<D>,
    HooksBalanced<D>,
    SegmentClones<D>,
    HookAlignment<D>,
    AddressSpaceUse<D>,
    WithinFileSize<D>,
    PolicyReferences<D>>;

// Contracts and refinement
template <class D>
using ContractProperties = PropertyGroupOf<D,
    BoundedGrowth<D>,
    LockBalance<D>,
    Linearizable<D>,
    ResidueOfErrors<D>,
    MapCountLimit<D>,
    ResourceLimits<D>,
    CommitLimit<D>,
    GuardGap<D>,
    HiwaterVm<D>,
    GuardPages<D>,
    PagesSurvive<D>,
    SoftDirty<D>,
    StickyFlags<D>,
    PageMapRefinement<D>,
    MergeCaseTable<D>,
    MissedMerge<D>>;

// Accounting: sums over VMAs
template <class D>
using AccountingProperties = PropertyGroupOf<D,
    TotalVm<D>,
    DataVm<D>,
    ExecVm<D>,
    StackVm<D>,
    LockedVm<D>,
    Committed<D>>;

// What breaks as an effect of something else: they come last, so that the cause is what a step is reported for.
// TouchesOnly names what should not have changed, References the dangling names that the others pass over.
template <class D>
using EffectProperties = PropertyGroupOf<D,
    TouchesOnly<D>,
    References<D>>;

// clang-format on

// One a file in run/groups/.
template <class D>
struct GroupsOfCatalogue {
    static std::unique_ptr<PropertyGroup<D>> vma_properties();
    static std::unique_ptr<PropertyGroup<D>> reverse_mapping_properties();
    static std::unique_ptr<PropertyGroup<D>> page_properties();
    static std::unique_ptr<PropertyGroup<D>> file_properties();
    static std::unique_ptr<PropertyGroup<D>> contract_properties();
    static std::unique_ptr<PropertyGroup<D>> accounting_properties();
    static std::unique_ptr<PropertyGroup<D>> effect_properties();
};

}  // namespace vmacheck
