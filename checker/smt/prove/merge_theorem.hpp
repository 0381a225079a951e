// The eight cases are exclusive, exhaustive together with "no merge", and vma_merge takes the one that the table of
// properties/merge_table names.
#pragma once

#include "model/merge.hpp"
#include "properties/step/property.hpp"

namespace vmacheck::prove {

// Reports where the table and the decision differ. The case taken, or 0.
int check_against_table(const World<Traced>& world, const MergeRequest<Traced>& request,
                        const MergeDecision<Traced>& decision, Report& report);

// The request of mprotect and similar calls: [start, end) of a VMA is to have these flags, this policy and this context.
MergeRequest<Traced> request_within(const World<Traced>& world, VmaId vma, const Number<Traced>& start,
                                    const Number<Traced>& end, const MergeRequest<Traced>& wanted);

}  // namespace vmacheck::prove
