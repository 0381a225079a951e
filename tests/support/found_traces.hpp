// Traces that break a property, found by the random engine; and what tests ask of them.
#pragma once

#include "checker/random/engine.hpp"
#include "checker/run/property_check.hpp"
#include "traces/format/writer.hpp"

#include <string>

namespace vmacheck {

inline RandomOptions options_with(const std::string& fault, std::uint64_t seed, std::uint64_t ops) {
    RandomOptions options;
    if (!fault.empty()) options.model.faults = {fault};
    options.seed = seed;
    options.ops = ops;
    return options;
}

// A run that shares nothing with the minimiser's subject: replay, on a World of its own.
inline ReplayResult replayed(const Trace& trace) {
    ReplayOptions options;
    options.check = check_all_properties();
    return replay(trace, options);
}

inline bool breaks(const ReplayResult& result, const std::string& property) {
    for (const FoundViolation& each : result.violations)
        if (each.violation.property == property) return true;
    return false;
}

}  // namespace vmacheck
