#include "checker/conform/conform.hpp"

#include "properties/observed/observed_properties.hpp"

#include <algorithm>
#include <array>

namespace vmacheck {
namespace {

constexpr std::string_view result_agrees = "result-agrees";
constexpr std::string_view layout_agrees = "layout-agrees";
constexpr std::string_view counters_agree = "counters-agree";
constexpr std::string_view processes_agree = "processes-agree";

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

// Starts both as the subject can. Why one of them cannot start so; empty: both did.
std::string start_both(const Setup& wanted, Subject& reference, Subject& subject, Setup& started) {
    auto start = subject.start(wanted);
    if (const auto* wrong = std::get_if<std::string>(&start)) return reason_of(subject, *wrong);
    started = std::get<Setup>(std::move(start));
    if (const auto wrong = reference.reset(started)) return reason_of(reference, *wrong);
    return {};
}

// Why one of them would refuse the operation; empty: neither.
std::string refused_by(const Subject& reference, const Subject& subject, const Op<Plain>& op) {
    for (const Subject* each : {&reference, &subject})
        if (const auto why = each->refuses(op)) return reason_of(*each, *why);
    return {};
}

}  // namespace

std::string reason_of(const Subject& subject, const std::string& why) {
    const SubjectInfo info = subject.hello();
    return info.name + (info.version.empty() ? "" : " (" + info.version + ")") + ": " + why;
}

Violation as_violation(const FieldDifference& difference) {
    const std::string& what = difference.what;
    std::string_view property = counters_agree;
    if (what == "ret" || what == "events")
        property = result_agrees;
    else if (what.find("vmas[") != std::string::npos)
        property = layout_agrees;
    else if (what.starts_with("process") && what.find_first_not_of("process 0123456789") == std::string::npos)
        property = processes_agree;
    return {std::string(property), what + ": expected " + difference.expected + ", is " + difference.actual};
}

bool is_difference(std::string_view property) {
    static constexpr std::array all{result_agrees, layout_agrees, counters_agree, processes_agree};
    return std::find(all.begin(), all.end(), property) != all.end();
}

Verdict ConformResult::verdict() const {
    if (!error.empty()) return Verdict::bad_input;
    if (!violations.empty()) return Verdict::violated;
    if (!differences.empty()) return Verdict::differs;
    return ended.empty() ? Verdict::holds : Verdict::undecided;
}

ConformResult conform(const Setup& wanted, std::span<const TraceStep> steps, Subject& reference, Subject& subject,
                      const ConformOptions& options) {
    ConformResult result;
    result.error = start_both(wanted, reference, subject, result.started);
    if (!result.error.empty()) return result;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Op<Plain>& op = steps[i].op;
        if (std::string why = refused_by(reference, subject, op); !why.empty()) {
            ++result.left_out[std::move(why)];
            continue;
        }
        Answer expected = reference.step(op);
        if (!expected.refusal.empty()) {
            result.ended = reason_of(reference, expected.refusal);
            return result;
        }
        const Answer actual = subject.step(op);
        if (!actual.refusal.empty()) {
            result.ended = reason_of(subject, actual.refusal);
            return result;
        }
        ++result.steps;
        result.position = i + 1;
        expected.seen.events.clear();
        const Comparison comparison = compare_results(op.kind, expected.seen, actual.seen);
        result.compared += comparison.compared;
        result.differences = comparison.differences;
        result.violations = actual.violations;
        if (options.observe) observe_both(reference, subject, result);
        if (result.verdict() != Verdict::holds) return result;
    }
    return result;
}

}  // namespace vmacheck
