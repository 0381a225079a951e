// Errors leave no more behind than residue_table.hpp says.
// A caller that sees an error counts on the state being as before, or as the table says. Broken by: brk-not-restored,
// av-fork-leak.
#pragma once

#include "properties/contracts/residue_table.hpp"
#include "properties/step/step_view.hpp"

namespace vmacheck {

template <class D>
struct ResidueOfErrors {
    static constexpr PropertyInfo info{
        "residue", PropertyKind::contract,
        "a failed operation leaves no more behind than the table of operations and errors "
        "allows, and fails with no error that the table does not have",
        "the callers of do_munmap, split_vma and vma_merge"};
    static void step(const Step<D>& step, Report& report);
};

// The row for an operation that failed; nullptr if there is none.
const Residue* residue_of(OpKind op, Errno error);

extern template struct ResidueOfErrors<Plain>;
extern template struct ResidueOfErrors<Traced>;

}  // namespace vmacheck
