// Performs the units of a campaign that are not done yet, on any number of threads, and minimises what was found.
#pragma once

#include "checker/campaign/results.hpp"
#include "checker/run/progress.hpp"

#include <atomic>
#include <functional>

namespace vmacheck {

struct RunLimits {
    unsigned jobs = 1;  // threads
    Shard shard;
    double time_s = 0;                        // no unit is begun after so many seconds; 0: no limit
    const std::atomic<bool>* stop = nullptr;  // where it becomes true, no unit is begun any more
};

// Progress is in steps of this call and its budget. Throws what a unit throws. What was done before is kept.
void run_campaign(const Engines& engines, Results& results, const RunLimits& limits, const OnProgress& progress);

// At most so many findings are minimised and reported; the rest is counted.
inline constexpr std::size_t most_reported = 10;

// Minimises the first findings that are not yet. Those of the corpus stay as they are.
void minimise_findings(Results& results, const std::function<void(const StoredFinding&)>& begins);

}  // namespace vmacheck
