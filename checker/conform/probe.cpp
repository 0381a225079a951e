#include "checker/conform/probe.hpp"

#include "checker/subject/model_factory.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck {
namespace {

constexpr std::uint64_t heap_reach = std::uint64_t{1} << 30;  // bytes from where a probe's heap starts

// Where the heap of a subject can grow from, rounded up to a page.
std::uint64_t heap_of(const Setup& setup) {
    std::uint64_t brk = setup.parameters.start_brk_bytes;
    for (const ProcessSpec& each : setup.layout)
        if (each.slot == 0 && each.brk_bytes != 0) brk = each.brk_bytes;
    return (brk + page_size - 1) / page_size * page_size;
}

// Probes name addresses at the heap as if it began where Parameters has it by default.
Bytes<Plain> moved_to_heap(const Bytes<Plain>& addr, std::uint64_t heap) {
    const std::uint64_t assumed = Parameters().start_brk_bytes;
    const std::uint64_t at = addr.value();
    if (at + heap_reach < assumed || at > assumed + heap_reach) return addr;
    return Bytes<Plain>::from(at - assumed + heap);
}

Trace read_probe(std::string_view text) {
    ReadResult read = read_trace(text);
    auto* trace = std::get_if<Trace>(&read);
    if (trace == nullptr) internal_assertion_failed("a probe is no trace");
    return std::move(*trace);
}

}  // namespace

ProbeRun perform_probe(const Trace& trace, Subject& subject, const Setup& started) {
    ProbeRun run;
    const std::uint64_t heap = heap_of(started);
    for (TraceStep step : trace.steps) {
        step.op.addr = moved_to_heap(step.op.addr, heap);
        if (const auto why = subject.refuses(step.op)) {
            run.refused = *why;
            return run;
        }
        Answer answer = subject.step(step.op);
        if (!answer.refusal.empty()) {
            run.refused = answer.refusal;
            return run;
        }
        answer.seen.events.clear();
        run.observations.push_back(subject.observe({.process = process_of(step.op)}));
        run.steps.push_back(step);
        run.results.push_back(std::move(answer.seen));
    }
    return run;
}

namespace {

// The policies known so far, as the name of a profile.
std::string name_of(std::string_view profile, const std::vector<PolicyAnswer>& answers) {
    const Policies& policies = profile_named(profile)->policy;
    std::string name(profile);
    for (const PolicyAnswer& each : answers)
        if (each.answer == ProbeAnswer::found && each.value != value_of(policies, each.policy))
            name = profile_with(name, each.policy, each.value);
    return name;
}

std::size_t differing(const Profile& profile, const std::vector<PolicyAnswer>& answers) {
    return static_cast<std::size_t>(std::count_if(answers.begin(), answers.end(), [&](const PolicyAnswer& each) {
        return each.answer == ProbeAnswer::found && each.value != value_of(profile.policy, each.policy);
    }));
}

const Profile& nearest(const std::vector<PolicyAnswer>& answers) {
    const Profile* best = &default_profile();
    for (const Profile& each : all_profiles())
        if (differing(each, answers) < differing(*best, answers)) best = &each;
    return *best;
}

// What was seen of the subject, and from where it had started.
struct Seen {
    std::string_view text;
    Setup started;
    ProbeRun run;
};

PolicyAnswer judge(PolicyId policy, const Seen& seen, const std::string& base) {
    PolicyAnswer answer{.policy = policy};
    const PolicyInfo& info = all_policies()[policy];
    if (!info.no_probe.empty()) {
        answer.why = info.no_probe;
        return answer;
    }
    if (!seen.run.refused.empty()) {
        answer.why = seen.run.refused;
        return answer;
    }
    std::vector<std::uint8_t> fitting;
    std::string difference;
    for (std::uint8_t value = 0; value < info.values.size(); ++value) {
        const ProbeRun modelled = run_probe_on_model(seen.text, seen.started, profile_with(base, policy, value));
        const std::string differs = first_difference(modelled, seen.run);
        if (differs.empty())
            fitting.push_back(value);
        else if (difference.empty() || value == value_of(profile_named(base)->policy, policy))
            difference = differs;
    }
    if (fitting.size() == 1) {
        answer.answer = ProbeAnswer::found;
        answer.value = fitting.front();
    } else if (fitting.empty()) {
        answer.answer = ProbeAnswer::none;
        answer.why = difference;
    } else {
        answer.why = "its values do not differ here";
    }
    return answer;
}

}  // namespace

ProbeRun run_probe(std::string_view text, Subject& subject, Setup* started) {
    const Trace trace = read_probe(text);
    auto start = subject.start(trace.header);
    if (const auto* why = std::get_if<std::string>(&start)) {
        ProbeRun run;
        run.refused = *why;
        return run;
    }
    *started = std::get<Setup>(std::move(start));
    return perform_probe(trace, subject, *started);
}

ProbeRun run_probe_on_model(std::string_view text, const Setup& started, std::string_view profile) {
    const auto model = new_model();
    Setup setup = started;
    setup.profile = profile;
    setup.faults.clear();
    setup.shipped = false;
    if (const auto wrong = model->reset(setup)) {
        ProbeRun run;
        run.refused = *wrong;
        return run;
    }
    return perform_probe(read_probe(text), *model, setup);
}

std::string first_difference(const ProbeRun& expected, const ProbeRun& actual) {
    const std::size_t steps = std::min(expected.results.size(), actual.results.size());
    for (std::size_t i = 0; i < steps; ++i) {
        Comparison comparison = compare_results(actual.steps[i].op.kind, expected.results[i], actual.results[i]);
        comparison.add(compare_observations(expected.observations[i], actual.observations[i]));
        if (comparison.differences.empty()) continue;
        const FieldDifference& first = comparison.differences.front();
        return fmt::format("step {}, {}: {}, expected {}", i + 1, first.what, first.actual, first.expected);
    }
    if (expected.results.size() != actual.results.size()) return fmt::format("step {} was refused", steps + 1);
    return {};
}

ProbeResult probe(Subject& subject) {
    std::vector<Seen> seen;
    for (const PolicyInfo& each : all_policies()) {
        seen.push_back({.text = probe_text(each.name), .started = {}, .run = {}});
        Seen& now = seen.back();
        if (!now.text.empty()) now.run = run_probe(now.text, subject, &now.started);
    }
    ProbeResult result;
    std::string base(default_profile().name);
    // The first round finds most policies, whatever the others are; the second is right about those that depend on them.
    for (int round = 0; round < 2; ++round) {
        result.answers.clear();
        for (PolicyId id = 0; id < all_policies().size(); ++id) result.answers.push_back(judge(id, seen[id], base));
        const Profile& profile = nearest(result.answers);
        result.profile = profile.name;
        result.differing = differing(profile, result.answers);
        base = name_of(profile.name, result.answers);
    }
    result.settings = base;
    return result;
}

}  // namespace vmacheck
