#include "checker/report/explain.hpp"

#include "checker/report/picture.hpp"
#include "checker/subject/subject.hpp"
#include "model/op/op_range.hpp"
#include "model/state/observe.hpp"
#include "model/state/world.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

// What each case does to the range A, the VMA below it P, the one at or above it N, and the one after that X.
std::string_view case_text(int which) {
    switch (which) {
        case 1: return "the range is a hole; P takes it and N too, N goes";
        case 2: return "the range is a hole; P grows up over it";
        case 3: return "the range is a hole; N grows down over it";
        case 4: return "the range is the tail of P; N takes it";
        case 5: return "the range is the head of N; P takes it";
        case 6: return "the range is all of N; P takes it and X, both go";
        case 7: return "the range is all of N; P takes it, N goes";
        case 8: return "the range is all of N; X takes it, N goes";
        default: return "";
    }
}

std::vector<StoryMerge> merges_of(const std::vector<EventRecord>& events) {
    std::vector<StoryMerge> merges;
    for (const EventRecord& each : events)
        if (const int which = merge_case(each.event)) merges.push_back({which, std::string(case_text(which))});
    return merges;
}

// Notable events. Equal ones that follow each other, when the routine events between them are left out, are one entry.
void add_events(const Outcome<Plain>& outcome, const std::vector<EventRecord>& events,
                std::vector<StoryEvent>& notable) {
    for (const EventRecord& each : events) {
        if (!is_notable(each.event)) continue;
        StoryEvent event{std::string(name(each.event)), {}, 1};
        if (each.event == Event::alloc_failed) event.detail = name(static_cast<AllocSite>(each.a));
        if (each.event == Event::other_step) {
            const OtherStep& other = outcome.meanwhile;
            event.detail = fmt::format("in {}, result {}", other.where, name(other.error));
            notable.push_back(std::move(event));
            add_events(outcome, other.events, notable);
            continue;
        }
        if (!notable.empty() && notable.back().name == event.name && notable.back().detail == event.detail)
            ++notable.back().times;
        else
            notable.push_back(std::move(event));
    }
}

// Of the tests that refused: those of merges, each once, and of a call that failed the last one, which decided.
std::vector<std::string> reasons_of(const std::vector<Refusal>& refusals, const Outcome<Plain>& outcome) {
    std::vector<std::string> reasons;
    const auto add = [&reasons](const Refusal& refusal) {
        std::string text = fmt::format("{}: {}", refusal.function, refusal.text);
        if (std::find(reasons.begin(), reasons.end(), text) == reasons.end()) reasons.push_back(std::move(text));
    };
    const Refusal* last = nullptr;
    for (const Refusal& each : refusals)
        if (each.what == Refusal::Of::merge)
            add(each);
        else
            last = &each;
    if (last != nullptr && !outcome.ok()) add(*last);
    return reasons;
}

std::string result_of(const Op<Plain>& op, const Outcome<Plain>& outcome) {
    if (!outcome.violations.empty()) return "abandoned";
    if (!outcome.ok()) return std::string(name(outcome.error));
    if (op.kind == OpKind::fork) return fmt::format("process {}", outcome.value.value());
    if (returns_value(op.kind)) return hex(outcome.value.value());
    return "0";
}

std::vector<CounterChange> counters_of(const StepViews& views, const World<Plain>& world) {
    const ProcessView& was = views.before;
    const ProcessView& is = views.after;
    std::vector<CounterChange> changes;
    const auto changed = [&changes](std::string_view what, const auto& a, const auto& b) {
        if (a && b && *a != *b) changes.push_back({std::string(what), std::to_string(*a), std::to_string(*b)});
    };
    changed("map_count", was.map_count, is.map_count);
    changed("total_vm", was.total_vm, is.total_vm);
    changed("stack_vm", was.stack_vm, is.stack_vm);
    changed("locked_vm", was.locked_vm, is.locked_vm);
    changed("hiwater_vm", was.hiwater_vm, is.hiwater_vm);
    changed("committed", std::optional(observe_committed({world, Moment::before_step})),
            std::optional(observe_committed(world)));
    if (was.brk_bytes != is.brk_bytes && was.alive && is.alive)
        changes.push_back({"brk", hex(was.brk_bytes.value_or(0)), hex(is.brk_bytes.value_or(0))});
    return changes;
}

// Collects the steps of a replay.
class Explainer {
public:
    Explainer(Story& story, Depth depth, const StepRange& range) : story_(story), depth_(depth), range_(range) {}

    void start(World<Plain>& world) {
        world.explain_to(&refusals_);
        const Observation first = observe(world, numbers_);
        for (std::size_t slot = 0; slot < max_processes; ++slot)
            if (first.processes[slot].alive) story_.start.push_back({slot, first.processes[slot].vmas});
    }

    void step(const TraceStep& traced, const World<Plain>& world, bool sound) {
        if (sound)
            number_touched(world, numbers_);
        else
            observe(world, numbers_);
        if (!range_.holds(++story_.performed)) return;
        const Op<Plain>& op = traced.op;
        const Outcome<Plain>& outcome = world.outcome();
        StoryStep step;
        step.number = story_.performed;
        step.line = traced.line;
        step.caller = op.process;
        step.call = call_text(op);
        step.result = result_of(op, outcome);
        step.note = traced.note;
        step.merges = merges_of(outcome.events);
        add_events(outcome, outcome.events, step.events);
        step.reasons = reasons_of(refusals_, outcome);
        const std::size_t slot = process_of(op);
        const std::uint64_t brk_before = *observe_counters({world, Moment::before_step}, slot).brk_bytes;
        const std::optional<PageRange> range = pages_of(op, outcome, brk_before);
        step.processes.push_back(process(world, slot, range, sound));
        if (op.kind == OpKind::fork && outcome.ok())
            step.processes.push_back(process(world, outcome.value.value(), std::nullopt, sound));
        if (depth_ == Depth::details) step.details = details(op, world, slot, sound ? range : std::nullopt);
        story_.steps.push_back(std::move(step));
    }

private:
    ProcessStory process(const World<Plain>& world, std::size_t slot, const std::optional<PageRange>& range,
                         bool sound) {
        const StepViews views =
            sound ? observe_step_nearby(world, slot, range, numbers_) : observe_step(world, slot, numbers_);
        ProcessStory story = story_of(views, range);
        story.picture.abandoned = !world.outcome().violations.empty();
        story.slot = slot;
        story.counters = counters_of(views, world);
        story.alive = views.after.alive;
        return story;
    }

    StepDetails details(const Op<Plain>& op, const World<Plain>& world, std::size_t slot,
                        const std::optional<PageRange>& range) {
        auto [before, after] = observe_reverse_map(world, slot, range, numbers_);
        return {specified_maps(world, op), std::move(before), std::move(after)};
    }

    Story& story_;
    Depth depth_;
    StepRange range_;
    AnonNumbers numbers_;
    std::vector<Refusal> refusals_;  // of the step
};

}  // namespace

Story explain(const Trace& trace, const ReplayOptions& options, ReplayResult& result, Depth depth,
              const StepRange& range) {
    Story story;
    story.title = trace.header.title;
    story.profile = trace.header.profile;
    story.faults = trace.header.faults;
    story.shipped = trace.header.shipped;
    Explainer explainer(story, depth, range);
    ReplayOptions observed = options;
    observed.begin = [&explainer](World<Plain>& world) { explainer.start(world); };
    observed.observe = [&explainer](const TraceStep& step, const World<Plain>& world, bool sound) {
        explainer.step(step, world, sound);
    };
    result = replay(trace, observed);
    story.compared = result.compared;
    for (const Violation& each : result.broken.violations)
        story.violations.push_back({result.broken.step, result.line, each.property, each.text});
    story.differences = result.differences;
    return story;
}

}  // namespace vmacheck
