// The random engine: cases of random operations, every property after each, on any number of threads.
//
// Work is split by cases, which are numbered; a result is the sum of the cases up to the lowest that found something,
// so it is the same whatever the number of threads.
#pragma once

#include "checker/random/case_runner.hpp"
#include "checker/run/progress.hpp"

#include <atomic>
#include <optional>

namespace vmacheck {

struct RandomOptions {
    Setup setup;  // profile, faults and shipped; the rest is chosen case by case
    std::uint64_t seed = 1;
    std::uint64_t ops = 1'000'000;  // budget: operations performed, checked, and counted
    unsigned jobs = 1;              // threads, at least 1
    RandomLimits limits;
    const std::atomic<bool>* stop = nullptr;  // where it becomes true, no case is begun any more
};

struct RandomResult {
    std::uint64_t steps = 0;
    std::uint64_t cases = 0;
    Coverage coverage;
    std::uint64_t digest = 0;  // FNV-1a over each step's error, value and number of events, and each case's last World
    std::optional<Finding> found;
    bool complete = false;  // the budget was spent, or something was found; otherwise it was stopped
};

// Calls `progress`, if there is one, in the calling thread, some times a second. Throws what a case throws.
RandomResult run_random(const RandomOptions& options, const OnProgress& progress = {});

}  // namespace vmacheck
