// The page-map specification: what every operation does to the pages of an address space, and which results it may
// have, written down without VMAs, trees or merging (v5.10; the order of checks is that of the kernel).
//
// It is a relation. Given the page map and the VMA boundaries before, the operation, and the failure it carries, it
// says which (result, page map) pairs are allowed. rules.hpp lists every rule that may read more than the page map, or
// that allows two results.
//
// A step is compared on the VMAs that it touched or should have touched (those in the range of the operation); all
// others are by definition the same.
//
// It finds what leaves every structure consistent and still is not what the call requested. Broken by: uffd-pgoff,
// mbind-pgoff, merge-policy-lost, madvise-case8-flags, uffd-remap-neighbour, mmap-merge-return-addr,
// brk-error-unsigned, stack-grow-wrong-mm, guard-gap-protnone, guard-gap-up-overflow, dontunmap-account-next,
// dontunmap-locked-partial, dontunmap-locked-selfmerge, special-mapping-locked, mremap-expand-inside,
// mremap-expand-close, mremap-dup-private, mmap-region-error-tangle, oom-merge-state, uffd-droppable, exec-end-kept.
#pragma once

#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct PageMapRefinement {
    static constexpr PropertyInfo info{
        "page-map", PropertyKind::refinement,
        "every operation gives each page the rights, backing and offset that the page-map "
        "specification says, succeeds where it must, and fails only as it may",
        "what a system call promises to its caller"};
    static void step(const Step<D>& step, Report& report);
};

extern template struct PageMapRefinement<Plain>;
extern template struct PageMapRefinement<Traced>;

}  // namespace vmacheck
