#include "checker/run/replay.hpp"

#include "checker/run/checked_run.hpp"
#include "checker/subject/model_subject.hpp"
#include "checker/subject/recording.hpp"
#include "model/state/build.hpp"
#include "model/state/observe.hpp"
#include "model/state/world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

// The line a violated starting layout is reported at. Blank lines above the header are not counted.
constexpr std::size_t header_line = 1;

// Replays with the state that grows on the way.
class Replay {
public:
    Replay(const Trace& trace, World<Plain>& world, const ReplayOptions& options)
        : trace_(trace), world_(world), options_(options), run_(options.checker) {
        numbers_.visit(world);
    }

    ReplayResult run() {
        if (options_.begin) options_.begin(world_);
        run_.start(world_);
        run_.check_start();
        for (const TraceStep& step : trace_.steps)
            if (run_.broken() || !perform(step)) break;
        if (!run_.broken() && !trace_.steps.empty()) run_.check_end();
        conclude();
        return std::move(result_);
    }

private:
    bool perform(const TraceStep& step) {
        const bool intact = run_.step(step.op, [&](const Outcome<Plain>& outcome) {
            ++result_.steps;
            // Only these events can bring an anon_vma that no earlier step showed.
            if (outcome.has(Event::anon_vma_created) || outcome.has(Event::anon_vma_forked))
                numbers_.visit_touched(world_);
            if (outcome.violations.empty()) compare(step, outcome);
        });
        if (options_.observe && run_.applied()) options_.observe(step, world_, intact);
        return intact;
    }

    // Appends what the trace states of the step and the model does not show.
    void compare(const TraceStep& step, const Outcome<Plain>& outcome) {
        Comparison comparison = compare_results(step.op.kind, step.seen, answer_of(outcome).seen);
        if (const auto stated = stated_view(step.seen))
            comparison.add(compare_views(*stated, observe_process(world_, process_of(step.op), numbers_)));
        result_.compared += comparison.compared;
        for (FieldDifference& each : comparison.differences)
            result_.differences.push_back({std::move(each), result_.steps, step.line});
    }

    void conclude() {
        result_.broken = run_.broken();
        if (result_.broken) {
            result_.verdict =
                result_.broken.find(internal_assertion_name) != nullptr ? Verdict::internal : Verdict::violated;
            result_.line = result_.broken.step == 0 ? header_line : trace_.steps[result_.broken.step - 1].line;
        } else if (!result_.differences.empty()) {
            result_.verdict = Verdict::differs;
        }
        result_.digest = world_.digest();
        result_.expectation_met = meets(trace_.header.expect, result_);
    }

    const Trace& trace_;
    World<Plain>& world_;
    const ReplayOptions& options_;
    CheckedRun run_;
    AnonNumbers numbers_;
    ReplayResult result_;
};

}  // namespace

std::string place_of(std::size_t step, std::size_t line) {
    const std::string place = step == 0 ? "the starting layout" : fmt::format("step {}", step);
    return line == 0 ? place : fmt::format("{} (line {})", place, line);
}

ReplayResult replay(const Trace& trace, const ReplayOptions& options) {
    std::unique_ptr<World<Plain>> world;
    try {
        world = make_world<Plain>(trace.header);
    } catch (const SetupError& error) {
        ReplayResult result;
        result.verdict = Verdict::bad_input;
        result.error = error.what();
        return result;
    }
    return Replay(trace, *world, options).run();
}

bool meets(const std::optional<Expectation>& expectation, const ReplayResult& result) {
    if (result.verdict == Verdict::bad_input || result.verdict == Verdict::internal) return false;
    if (!result.differences.empty()) return false;
    if (!expectation || !expectation->violated) return !result.broken;
    return result.broken.find(expectation->property) != nullptr;
}

}  // namespace vmacheck
