// Traces that break a property, found by the random engine; and what tests ask of them.
#pragma once

#include "checker/random/engine.hpp"
#include "checker/run/replay.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/writer.hpp"

#include <string>

namespace vmacheck {

inline RandomOptions options_with(const std::string& fault, std::uint64_t seed, std::uint64_t ops) {
    RandomOptions options;
    if (!fault.empty()) options.setup.faults = {fault};
    options.seed = seed;
    options.ops = ops;
    return options;
}

// A run that shares nothing with the minimiser's runner: replay, on a World of its own.
inline ReplayResult replayed(const Trace& trace) {
    ReplayOptions options;
    options.checker = make_full_checker();
    return replay(trace, options);
}

inline bool breaks(const ReplayResult& result, const std::string& property) {
    return result.broken.find(property) != nullptr;
}

}  // namespace vmacheck
