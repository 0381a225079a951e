#include "checker/run/replay.hpp"

#include "model/faults/fault_table.hpp"
#include "model/state/build.hpp"
#include "model/state/world.hpp"
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

// Charges and locks come with nearly every step.
bool is_routine(Event event) {
    return event >= Event::commit_charged && event != Event::alloc_failed;
}

// The model's events of a step; routine ones only where the trace states some.
std::string events_text(const std::vector<EventRecord>& events, const std::vector<Event>& stated) {
    const bool all = std::any_of(stated.begin(), stated.end(), is_routine);
    std::vector<std::string_view> names;
    for (const EventRecord& each : events)
        if (all || !is_routine(each.event)) names.push_back(name(each.event));
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
