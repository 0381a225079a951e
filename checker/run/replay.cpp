#include "checker/run/replay.hpp"

#include "checker/subject/comparison.hpp"
#include "checker/subject/model_subject.hpp"
#include "checker/subject/recording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

// The line a violated starting layout is reported at. Blank lines above the header are not counted.
constexpr std::size_t header_line = 1;

// Replays with the state that grows on the way.
class Replay {
public:
    Replay(World<Plain>& world, const ReplayOptions& options) : world_(world), options_(options) {
        numbers_.visit(world);
    }

    // False: a property broke.
    bool check(const TraceStep* step, const Op<Plain>& op, const Outcome<Plain>& outcome, ReplayResult& result) {
        std::vector<Violation> found = outcome.violations;
        if (options_.check) options_.check(world_, op, outcome, found);
        for (std::size_t i = 0; i < found.size(); ++i) {  // a check may repeat what the model itself met
            if (std::find(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(i), found[i]) !=
                found.begin() + static_cast<std::ptrdiff_t>(i))
                continue;
            result.violations.push_back({result.steps, step != nullptr ? step->line : header_line, found[i]});
        }
        return result.violations.empty();
    }

    bool perform(const TraceStep& step, ReplayResult& result) {
        const Outcome<Plain>& outcome = world_.apply(step.op);
        ++result.steps;
        // Only these events can bring an anon_vma that no earlier step showed.
        if (outcome.has(Event::anon_vma_created) || outcome.has(Event::anon_vma_forked)) numbers_.visit(world_);
        if (options_.observe) options_.observe(step, world_, outcome);
        if (outcome.violations.empty()) compare(step, world_, outcome, numbers_, result);
        return check(&step, step.op, outcome, result);
    }

private:
    World<Plain>& world_;
    const ReplayOptions& options_;
    AnonNumbers numbers_;
};

}  // namespace

std::string_view name(ReplayVerdict verdict) {
    switch (verdict) {
        case ReplayVerdict::holds: return "holds";
        case ReplayVerdict::differs: return "differs";
        case ReplayVerdict::violated: return "violated";
        case ReplayVerdict::error: break;
    }
    return "error";
}

std::string place_of(std::size_t step, std::size_t line) {
    const std::string place = step == 0 ? "the starting layout" : fmt::format("step {}", step);
    return line == 0 ? place : fmt::format("{} (line {})", place, line);
}

void compare(const TraceStep& step, const World<Plain>& world, const Outcome<Plain>& outcome, AnonNumbers& numbers,
             ReplayResult& result) {
    Comparison comparison = compare_results(step.op.kind, step.seen, answer_of(outcome).seen);
    if (const auto stated = stated_view(step.seen))
        comparison.add(compare_views(*stated, observe_process(world, process_of(step.op), numbers)));
    result.compared += comparison.compared;
    for (FieldDifference& each : comparison.differences)
        result.differences.push_back(
            {result.steps, step.line, std::move(each.what), std::move(each.expected), std::move(each.actual)});
}

StartedWorld start_world(const TraceHeader& header, const ReplayOptions& options) {
    const std::string profile_name = options.profile.value_or(header.profile);
    const Profile* profile = profile_named(profile_name);
    if (profile == nullptr) return {nullptr, fmt::format("unknown profile '{}'", profile_name)};
    FaultSet faults;
    if (options.shipped.value_or(header.shipped)) faults.add(profile->shipped);
    for (const std::string& each : options.faults.value_or(header.faults)) {
        const auto fault = fault_named(each);
        if (!fault) return {nullptr, fmt::format("unknown fault '{}'", each)};
        faults.add(*fault);
    }
    StartedWorld started{std::make_unique<World<Plain>>(header.parameters, *profile, faults), {}};
    if (header.layout.empty()) return started;
    const StateSpec state{header.layout, header.anon_vmas, header.shared_objects};
    if (const auto wrong = build_world(*started.world, state))
        return {nullptr, "the layout cannot be built: " + *wrong};
    return started;
}

ReplayResult replay(const Trace& trace, const ReplayOptions& options) {
    ReplayResult result;
    result.profile = options.profile.value_or(trace.header.profile);
    const StartedWorld started = start_world(trace.header, options);
    if (!started.world) {
        result.verdict = ReplayVerdict::error;
        result.error = started.error;
        return result;
    }
    Replay run(*started.world, options);
    Op<Plain> nothing;
    nothing.kind = OpKind::count;
    bool intact = run.check(nullptr, nothing, {}, result);
    for (const TraceStep& step : trace.steps) {
        if (!intact) break;
        intact = run.perform(step, result);
    }
    if (intact && !trace.steps.empty()) run.check(&trace.steps.back(), nothing, {}, result);
    if (!result.violations.empty())
        result.verdict = ReplayVerdict::violated;
    else if (!result.differences.empty())
        result.verdict = ReplayVerdict::differs;
    result.digest = started.world->digest();
    result.expectation_met = meets(trace.header.expect, result);
    return result;
}

bool meets(const std::optional<Expectation>& expectation, const ReplayResult& result) {
    if (result.verdict == ReplayVerdict::error || !result.differences.empty()) return false;
    if (!expectation || !expectation->violated) return result.violations.empty();
    return std::any_of(result.violations.begin(), result.violations.end(), [&](const FoundViolation& each) {
        return expectation->property.empty() || each.violation.property == expectation->property;
    });
}

}  // namespace vmacheck
