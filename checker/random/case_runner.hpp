// Performs cases of random operations, one after the other, with every property after each step.
#pragma once

#include "checker/coverage/coverage.hpp"
#include "checker/random/case.hpp"
#include "checker/run/checked_run.hpp"
#include "model/state/digest.hpp"

#include <optional>

namespace vmacheck {

struct CaseResult {
    std::uint64_t steps = 0;
    std::uint64_t digest = 0;  // FNV-1a over each step's error, value and number of events, and the last World
    Coverage coverage;
    std::optional<Finding> found;  // its origin's number: the case
};

// A thread has one.
class CaseRunner {
public:
    // Profile, faults and shipped of the setup; the rest is chosen case by case.
    CaseRunner(Setup setup, std::uint64_t seed, const RandomLimits& limits);

    // The case with this number, for at most so many steps; it ends where a property breaks. Throws
    // SetupError if the model cannot be started.
    CaseResult run(std::uint64_t number, std::uint64_t steps);

private:
    void perform(RandomOps& generator, const CasePlan& plan, World<Plain>& world, std::uint64_t steps,
                 CaseResult& result, Digest& digest);
    [[nodiscard]] Finding finding(std::uint64_t number, const Setup& setup) const;

    Setup setup_;
    std::uint64_t seed_;
    RandomLimits limits_;
    CheckedRun run_;
    std::vector<Op<Plain>> ops_;  // of the case
};

}  // namespace vmacheck
