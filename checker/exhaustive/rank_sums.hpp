// What ranks count apart and need together. Every rank calls these, in the same order.
#pragma once

#include "checker/exhaustive/explore_result.hpp"
#include "checker/exhaustive/ranks.hpp"

namespace vmacheck {

// The counts of all ranks instead of those of this one.
void add_up(Ranks& ranks, SearchCounts& counts);
// The cells that any rank has reached; `mine` are this one's.
ReachTable add_up(Ranks& ranks, const ReachTable& mine);
// The costs of all ranks.
std::vector<RankCosts> gather(Ranks& ranks, const RankCosts& mine);
// Ranks that were started with different programs or options would wait for each other, or mix their results. `search`
// describes this one's; throws std::runtime_error if not all are the same.
void expect_same(Ranks& ranks, const std::string& search);

}  // namespace vmacheck
