#include "checker/subject/recording.hpp"

#include "model/op/op_table.hpp"
#include "traces/format/call_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {

std::optional<ProcessView> stated_view(const SeenResult& stated) {
    if (!stated.map_count && !stated.vmas) return std::nullopt;
    ProcessView view{.shown = true, .vmas_shown = stated.vmas.has_value(), .alive = true};
    view.map_count = stated.map_count;
    if (stated.vmas) view.vmas = *stated.vmas;
    return view;
}

SubjectInfo Recording::hello() const {
    const auto states = [this](const auto& what) {
        return std::any_of(trace_.steps.begin(), trace_.steps.end(),
                           [&](const TraceStep& each) { return what(each.seen); });
    };
    Capabilities shown;
    shown.events = states([](const SeenResult& seen) { return !seen.events.empty(); });
    shown.vmas = states([](const SeenResult& seen) { return seen.vmas.has_value(); });
    shown.counters = states([](const SeenResult& seen) { return seen.map_count.has_value(); });
    shown.anon_vmas = states([](const SeenResult& seen) {
        return seen.vmas && std::any_of(seen.vmas->begin(), seen.vmas->end(),
                                        [](const VmaView& each) { return each.anon_vma.has_value(); });
    });
    shown.fails_allocations = true;  // where it was recorded so
    shown.starts_from_layout = true;
    return {"recording", trace_.header.title, shown};
}

std::optional<std::string> Recording::reset(const Setup& setup) {
    next_ = 0;
    if (setup == static_cast<const Setup&>(trace_.header)) return std::nullopt;
    return "recorded from another setup, and can start from its own only";
}

Answer Recording::step(const Op<Plain>& op) {
    Answer answer;
    if (next_ == trace_.steps.size()) {
        answer.refusal = fmt::format("the recording ends after {} steps", next_);
    } else if (!same_call(trace_.steps[next_].op, op)) {
        answer.refusal =
            fmt::format("the next recorded step is {}, not {}", call_text(trace_.steps[next_].op), call_text(op));
    } else {
        answer.seen = trace_.steps[next_++].seen;
    }
    return answer;
}

Observation Recording::observe(const Detail& detail) {
    Observation observation;
    if (next_ == 0) return observation;
    const TraceStep& last = trace_.steps[next_ - 1];
    const std::size_t slot = process_of(last.op);
    if (detail.process && *detail.process != slot) return observation;
    auto view = stated_view(last.seen);
    if (!view) return observation;
    view->alive = last.op.kind != OpKind::exit;
    observation.processes.at(slot) = *std::move(view);
    return observation;
}

}  // namespace vmacheck
