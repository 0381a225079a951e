// What a campaign runs: engines whose work is cut into numbered units, so that it can be shared among threads and
// shards, interrupted, and taken up again.
//
// A unit's result depends on the configuration and the unit's number alone. To add an engine: derive from Engine, and
// name it in make_engines (engines.hpp).
#pragma once

#include "checker/coverage/coverage.hpp"
#include "checker/run/finding.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace vmacheck {

struct UnitResult {
    std::uint64_t steps = 0;
    std::uint64_t cases = 0;
    std::uint64_t digest = 0;
    Coverage coverage;
    std::vector<Finding> findings;  // by the numbers of their origins
};

// Performs units, one after the other; a thread has one.
class EngineWorker {
public:
    virtual ~EngineWorker() = default;
    virtual UnitResult run(std::uint64_t unit) = 0;
};

class Engine {
public:
    virtual ~Engine() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  // stable
    [[nodiscard]] virtual std::uint64_t units() const = 0;    // of its share of the budget
    [[nodiscard]] virtual std::uint64_t ops() const = 0;      // at most performed by all its units
    [[nodiscard]] virtual std::unique_ptr<EngineWorker> worker() const = 0;
};

using Engines = std::vector<std::unique_ptr<Engine>>;

}  // namespace vmacheck
