// The minimiser: the smallest trace near a given one that breaks the same property on the same runner.
//
// It works on concrete traces. Operations are removed in ever smaller pieces; then each simplification of
// checker/run/simplify/simplify.hpp is tried in its order; both again until neither removing one operation nor any simplification
// leaves the property broken. Only traces of lower cost are tried, so it ends, and it is deterministic. All this is
// done twice, removing operations from the last to the first and from the first to the last, and the simpler end is
// taken. A long trace first loses what it can lose in large pieces, with the addresses that the kernel chose written out.
#pragma once

#include "checker/run/finding.hpp"

#include <optional>

namespace vmacheck {

struct Minimised {
    // Its trace ends with the operation that breaks the property, states the result of each, and expects the violation.
    Finding finding;
    std::size_t runs = 0;  // of the runner
};

// `property`: the one that must stay broken; empty: the first that the trace breaks. Nothing if the trace does not
// break it. The finding's only violation is of that property.
std::optional<Minimised> minimise(const Trace& trace, const TraceRunner& runner, std::string property = "");

}  // namespace vmacheck
