#include "checker/run/replay.hpp"

#include "checker/run/checked_run.hpp"
#include "model/state/build.hpp"
#include "traces/format/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

std::string result_text(OpKind kind, Errno error, std::optional<std::uint64_t> value) {
    if (error != Errno::ok) return std::string(name(error));
    if (!value) return "ok";
    if (returns_value(kind) && kind != OpKind::fork) return hex(*value);
    return std::to_string(*value);
}

// Whether the wanted events occur in this order, with others between them.
bool is_subsequence(const std::vector<Event>& wanted, const std::vector<EventRecord>& events) {
    std::size_t met = 0;
    for (const EventRecord& each : events)
        if (met < wanted.size() && each.event == wanted[met]) ++met;
    return met == wanted.size();
}

// The model's events of a step; routine ones only where the trace states some.
std::string events_text(const std::vector<EventRecord>& events, const std::vector<Event>& stated) {
    const bool all = !std::all_of(stated.begin(), stated.end(), is_notable);
    std::vector<std::string_view> names;
    for (const EventRecord& each : events)
        if (all || is_notable(each.event)) names.push_back(name(each.event));
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string events_text(const std::vector<Event>& events) {
    std::vector<std::string_view> names;
    for (const Event each : events) names.push_back(name(each));
    return fmt::format("{}", fmt::join(names, ", "));
}

// A VMA as the trace states it; what it leaves open is left out of both texts.
std::string vma_text(const ObservedVma& vma, const ObservedVma& stated) {
    std::string text = fmt::format("{}-{} {}", hex(vma.start * page_size), hex(vma.end * page_size),
                                   fmt::join(names_of(vm_flag_names(), vma.flags), "|"));
    if (stated.pgoff) text += fmt::format(" pgoff {:#x}", vma.pgoff.value_or(0));
    if (vma.file != 0) text += fmt::format(" file {}", vma.file);
    if (stated.anon_vma) text += fmt::format(" anon {}", vma.anon_vma.value_or(0));
    if (stated.chain) text += fmt::format(" chain {}", vma.chain.value_or(0));
    if (stated.policy) text += fmt::format(" policy {}", vma.policy.value_or(0));
    if (stated.uffd) text += fmt::format(" uffd {}", vma.uffd.value_or(0));
    return text;
}

bool agrees(const ObservedVma& stated, const ObservedVma& seen) {
    return stated.start == seen.start && stated.end == seen.end && stated.flags == seen.flags &&
           stated.file == seen.file && (!stated.pgoff || stated.pgoff == seen.pgoff) &&
           (!stated.anon_vma || stated.anon_vma == seen.anon_vma) && (!stated.chain || stated.chain == seen.chain) &&
           (!stated.policy || stated.policy == seen.policy) && (!stated.uffd || stated.uffd == seen.uffd);
}

struct Comparison {
    const TraceStep& step;
    ReplayResult& result;

    void differ(std::string what, std::string stated, std::string seen) const {
        result.differences.push_back({result.steps, step.line, std::move(what), std::move(stated), std::move(seen)});
    }

    // The first VMA that differs says enough; those after it are often shifted.
    void compare_vmas(const std::vector<ObservedVma>& stated, const std::vector<VmaSnapshot>& seen) const {
        const std::size_t common = std::min(stated.size(), seen.size());
        for (std::size_t i = 0; i < common; ++i) {
            if (agrees(stated[i], seen[i].seen)) continue;
            differ(fmt::format("vmas[{}]", i), vma_text(stated[i], stated[i]), vma_text(seen[i].seen, stated[i]));
            return;
        }
        if (stated.size() > common)
            differ(fmt::format("vmas[{}]", common), vma_text(stated[common], stated[common]), "no such VMA");
        else if (seen.size() > common)
            differ(fmt::format("vmas[{}]", common), "no such VMA", vma_text(seen[common].seen, seen[common].seen));
    }
};

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
        return run_.step(step.op, [&](const Outcome<Plain>& outcome) {
            ++result_.steps;
            // Only these events can bring an anon_vma that no earlier step showed.
            if (outcome.has(Event::anon_vma_created) || outcome.has(Event::anon_vma_forked)) numbers_.visit(world_);
            if (options_.observe) options_.observe(step, world_, outcome);
            if (outcome.violations.empty()) compare(step, world_, outcome, numbers_, result_);
        });
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

void compare(const TraceStep& step, const World<Plain>& world, const Outcome<Plain>& outcome, AnonNumbers& numbers,
             ReplayResult& result) {
    const SeenResult& stated = step.seen;
    const Comparison comparison{step, result};
    if (stated.error || stated.value) {
        ++result.compared;
        const bool same_error = stated.error.value_or(Errno::ok) == outcome.error;
        const bool same_value = !outcome.ok() || !stated.value || *stated.value == outcome.value.value();
        if (!same_error || !same_value)
            comparison.differ("ret", result_text(step.op.kind, stated.error.value_or(Errno::ok), stated.value),
                              result_text(step.op.kind, outcome.error, outcome.value.value()));
    }
    if (!stated.events.empty()) {
        ++result.compared;
        if (!is_subsequence(stated.events, outcome.events))
            comparison.differ("events", events_text(stated.events), events_text(outcome.events, stated.events));
    }
    if (!stated.map_count && !stated.vmas) return;
    const std::size_t slot = step.op.kind == OpKind::remote_access ? step.op.target : step.op.process;
    const ProcessSnapshot now = take_snapshot(world, slot, numbers);
    if (stated.map_count) {
        ++result.compared;
        if (*stated.map_count != now.map_count)
            comparison.differ("map_count", std::to_string(*stated.map_count), std::to_string(now.map_count));
    }
    if (stated.vmas) {
        ++result.compared;
        comparison.compare_vmas(*stated.vmas, now.vmas);
    }
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
