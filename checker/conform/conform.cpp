#include "checker/conform/conform.hpp"

#include "properties/observed/observed_properties.hpp"

namespace vmacheck {
namespace {

std::string reason_of(const Subject& subject, const std::string& why) {
    const SubjectInfo info = subject.hello();
    return info.name + (info.version.empty() ? "" : " (" + info.version + ")") + ": " + why;
}

// Compares what both show after the step, and checks what the subject shows. A recording shows only what it recorded,
// and the comparison leaves out the rest.
void observe_both(Subject& reference, Subject& subject, ConformResult& result) {
    const Observation actual = subject.observe({});
    Comparison comparison = compare_observations(reference.observe({}), actual);
    result.compared += comparison.compared;
    result.differences.insert(result.differences.end(), comparison.differences.begin(), comparison.differences.end());
    Report report;
    check_observation(actual, report);
    result.violations.insert(result.violations.end(), report.violations().begin(), report.violations().end());
}

}  // namespace

Verdict ConformResult::verdict() const {
    if (!error.empty()) return Verdict::bad_input;
    if (!violations.empty()) return Verdict::violated;
    if (!differences.empty()) return Verdict::differs;
    return left_out.empty() ? Verdict::holds : Verdict::undecided;
}

ConformResult conform(const Setup& setup, std::span<const TraceStep> steps, Subject& reference, Subject& subject,
                      const ConformOptions& options) {
    ConformResult result;
    for (Subject* each : {&reference, &subject})
        if (const auto wrong = each->reset(setup)) {
            result.error = reason_of(*each, *wrong);
            return result;
        }
    for (const TraceStep& step : steps) {
        Answer expected = reference.step(step.op);
        if (!expected.refusal.empty()) {
            result.left_out = reason_of(reference, expected.refusal);
            return result;
        }
        const Answer actual = subject.step(step.op);
        if (!actual.refusal.empty()) {
            result.left_out = reason_of(subject, actual.refusal);
            return result;
        }
        ++result.steps;
        expected.seen.events.clear();
        const Comparison comparison = compare_results(step.op.kind, expected.seen, actual.seen);
        result.compared += comparison.compared;
        result.differences = comparison.differences;
        result.violations = actual.violations;
        if (options.observe) observe_both(reference, subject, result);
        if (result.verdict() != Verdict::holds) return result;
    }
    return result;
}

}  // namespace vmacheck
