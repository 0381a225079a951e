// Performs cases of random operations, one after the other, with every property after each step.
#pragma once

#include "checker/coverage/coverage.hpp"
#include "checker/random/case.hpp"
#include "model/state/digest.hpp"
#include "properties/run/property_checker.hpp"
#include "traces/format/trace.hpp"

#include <memory>
#include <optional>

namespace vmacheck {

// A case that broke a property.
struct FoundCase {
    std::uint64_t number = 0;  // from 0
    Trace trace;               // all operations up to the one that broke it
    Violation violation;       // the first of that step
    bool at_end = false;       // only the full sweep after the case's last step saw it
};

struct CaseResult {
    std::uint64_t steps = 0;
    std::uint64_t digest = 0;  // FNV-1a over each step's error, value and number of events, and the last World
    Coverage coverage;
    std::optional<FoundCase> found;
};

// A thread has one.
class CaseRunner {
public:
    // model: profile, faults and shipped; the rest of the header is chosen case by case.
    CaseRunner(const TraceHeader& model, std::uint64_t seed, const RandomLimits& limits);

    // The case with this number, for at most so many steps; it ends where a property breaks. Throws
    // std::runtime_error if the model cannot be started.
    CaseResult run(std::uint64_t number, std::uint64_t steps);

private:
    void step(World<Plain>& world, RandomOps& generator, CaseResult& result, Digest& digest);
    template <class F>
    bool guarded(F&& f);
    [[nodiscard]] FoundCase found(std::uint64_t number, TraceHeader header, bool at_end) const;

    TraceHeader model_;
    std::uint64_t seed_;
    RandomLimits limits_;
    std::unique_ptr<PropertyChecker<Plain>> checker_;
    Report report_;
    std::vector<Op<Plain>> ops_;  // of the case
};

}  // namespace vmacheck
