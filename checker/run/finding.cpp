#include "checker/run/finding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {

const Violation* Broken::find(std::string_view property) const {
    for (const Violation& each : violations)
        if (property.empty() || each.property == property) return &each;
    return nullptr;
}

std::string_view Finding::last_op() const {
    return trace.steps.empty() ? "layout" : name(trace.steps.back().op.kind);
}

std::string Finding::key() const {
    return fmt::format("{}/{}", property(), last_op());
}

Finding make_finding(Origin origin, Broken broken, TraceHeader header, const std::vector<Op<Plain>>& ops) {
    Finding finding;
    finding.origin = std::move(origin);
    finding.violations = std::move(broken.violations);
    finding.at_end = broken.at_end;
    header.title += ": " + finding.property();
    if (!finding.is_internal()) header.expect = Expectation{true, finding.property()};
    finding.trace.header = std::move(header);
    const std::size_t steps = std::min(broken.step, ops.size());
    for (std::size_t i = 0; i < steps; ++i) finding.trace.steps.emplace_back().op = ops[i];
    return finding;
}

}  // namespace vmacheck
