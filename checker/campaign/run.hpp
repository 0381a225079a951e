// Performs the units of a campaign that are not done yet, on any number of threads, and minimises what was found.
#pragma once

#include "checker/campaign/results.hpp"

#include <atomic>
#include <functional>

namespace vmacheck {

struct RunLimits {
    unsigned jobs = 1;  // threads
    Shard shard;
    double time_s = 0;                        // no unit is begun after so many seconds; 0: no limit
    const std::atomic<bool>* stop = nullptr;  // where it becomes true, no unit is begun any more
};

// For people: depends on the clock.
struct CampaignProgress {
    std::uint64_t steps = 0;  // performed by this call
    std::uint64_t ops = 0;    // budget of what this call has to do
    std::size_t cells_reached = 0;
    std::size_t cells = 0;  // that can be reached
    std::size_t findings = 0;
};

using Engines = std::vector<std::unique_ptr<Engine>>;

// Calls `progress` in the calling thread, some times a second. Throws what a unit throws. What was done before is kept.
void run_campaign(const Engines& engines, Results& results, const RunLimits& limits,
                  const std::function<void(const CampaignProgress&)>& progress);

// At most so many findings are minimised and told; the rest is counted.
inline constexpr std::size_t told_findings = 10;

// Minimises the first findings that are not yet. Those of the corpus stay as they are.
void minimise_findings(Results& results, const std::function<void(const StoredFinding&)>& begins);

}  // namespace vmacheck
