// vmacheck diff: in which policies two profiles differ, what a probe of each gives, and whether they differ in anything
// else.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/conform/probe.hpp"
#include "checker/random/profile_search.hpp"
#include "checker/run/verdict.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/did_you_mean.hpp"
#include "traces/format/names.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    std::string first;
    std::string second;
    std::string format = "text";
    std::uint64_t seed = 1;
    std::uint64_t ops = 20'000;
    RerunCommand again;
};

// A step of a probe, and what each profile makes of it.
struct ProbeStep {
    std::string call;
    std::string first;
    std::string second;
};

struct PolicyDifference {
    PolicyId policy = 0;
    std::string_view first;  // names of values
    std::string_view second;
    std::vector<ProbeStep> steps;
};

// The error or value, and the number of VMAs: "0x0, 2 VMAs".
std::string seen_text(const SeenResult& result, const Observation& observation, const Op<Plain>& op) {
    const Errno error = result.error.value_or(Errno::ok);
    std::string text = error != Errno::ok ? std::string(name(error)) : fmt::format("{:#x}", result.value.value_or(0));
    const ProcessView& process = observation.processes.at(process_of(op));
    text += fmt::format(", {}", plural(process.vmas.size(), "VMA"));
    return text;
}

std::vector<ProbeStep> probe_steps(std::string_view policy, std::string_view first, std::string_view second) {
    const std::string_view text = probe_text(policy);
    if (text.empty()) return {};
    const Setup start = std::get<Trace>(read_trace(text)).header;
    const ProbeRun one = run_probe_on_model(text, start, first);
    const ProbeRun other = run_probe_on_model(text, start, second);
    std::vector<ProbeStep> steps;
    for (std::size_t i = 0; i < one.steps.size() && i < other.steps.size(); ++i) {
        const Op<Plain>& op = one.steps[i].op;
        ProbeStep step{call_text(op), seen_text(one.results[i], one.observations[i], op),
                       seen_text(other.results[i], other.observations[i], op)};
        // The same in these words, but not in the VMAs.
        Comparison comparison = compare_observations(one.observations[i], other.observations[i]);
        if (step.first == step.second && !comparison.differences.empty()) {
            step.first += "; " + comparison.differences.front().what + " " + comparison.differences.front().expected;
            step.second += "; " + comparison.differences.front().what + " " + comparison.differences.front().actual;
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

std::vector<PolicyDifference> differences(const Profile& first, const Profile& second) {
    std::vector<PolicyDifference> found;
    for (PolicyId id = 0; id < all_policies().size(); ++id) {
        if (value_of(first.policy, id) == value_of(second.policy, id)) continue;
        found.push_back({id, value_name(first.policy, id), value_name(second.policy, id),
                         probe_steps(all_policies()[id].name, first.name, second.name)});
    }
    return found;
}

std::vector<std::string_view> names_of(const std::vector<PolicyId>& policies) {
    std::vector<std::string_view> names;
    for (const PolicyId each : policies) names.push_back(all_policies()[each].name);
    return names;
}

void print_text(const Options& options, Verdict verdict, const std::vector<PolicyDifference>& policies,
                const ProfileSearchResult& search) {
    fmt::print("{:<11} {} and {}: {}\n", json_name(verdict), options.first, options.second,
               policies.size() == 1 ? "1 policy differs" : fmt::format("{} policies differ", policies.size()));
    for (const PolicyDifference& each : policies) {
        const PolicyInfo& info = all_policies()[each.policy];
        fmt::print("\n{}  {} -> {}\n    {} ({})\n", info.name, each.first, each.second, info.sentence, info.source);
        if (!info.no_probe.empty()) fmt::print("    no probe: {}\n", info.no_probe);
        for (const ProbeStep& step : each.steps) {
            if (step.first == step.second)
                fmt::print("    {} = {}\n", step.call, step.first);
            else
                fmt::print("    {}\n      {:<8} {}\n      {:<8} {}\n", step.call, options.first, step.first,
                           options.second, step.second);
        }
    }
    fmt::print("\nsearch      seed {}: {} steps of random operations in {}\n", options.seed, search.steps,
               plural(search.cases, "case"));
    for (const auto& [ids, count] : search.explained)
        fmt::print("  {:>6}  first differences from {}\n", count, fmt::join(names_of(ids), " with "));
    for (const UnexplainedDifference& each : search.unexplained)
        fmt::print("  unexplained: case {}, step {}: {}\n", each.number, each.step, each.text);
    fmt::print("digest      {}\n", digest_text(search.digest));
    fmt::print("next: {}\n", options.again.with({{"--seed", std::to_string(options.seed + 1)}}));
}

void print_json(const Options& options, Verdict verdict, const std::vector<PolicyDifference>& policies,
                const ProfileSearchResult& search) {
    json::array rows;
    for (const PolicyDifference& each : policies) {
        const PolicyInfo& info = all_policies()[each.policy];
        json::array steps;
        for (const ProbeStep& step : each.steps)
            steps.push_back(json::object{{"call", step.call}, {"first", step.first}, {"second", step.second}});
        rows.push_back(json::object{{"policy", info.name},
                                    {"first", each.first},
                                    {"second", each.second},
                                    {"sentence", info.sentence},
                                    {"source", info.source},
                                    {"probe", steps},
                                    {"no_probe", info.no_probe.empty() ? json::value() : json::value(info.no_probe)}});
    }
    json::array explained;
    for (const auto& [ids, count] : search.explained) {
        const auto names = names_of(ids);
        explained.push_back(json::object{{"policies", json::array(names.begin(), names.end())}, {"count", count}});
    }
    json::array unexplained;
    for (const UnexplainedDifference& each : search.unexplained)
        unexplained.push_back(json::object{{"case", each.number}, {"step", each.step}, {"what", each.text}});
    fmt::print("{}\n", json::serialize(json::object{{"verb", "diff"},
                                                    {"verdict", json_name(verdict)},
                                                    {"first", options.first},
                                                    {"second", options.second},
                                                    {"policies", rows},
                                                    {"seed", options.seed},
                                                    {"steps", search.steps},
                                                    {"cases", search.cases},
                                                    {"explained", explained},
                                                    {"unexplained", unexplained},
                                                    {"digest", digest_text(search.digest)}}));
}

int run_diff(const Options& options) {
    const Profile& first = *profile_named(options.first);
    const Profile& second = *profile_named(options.second);
    const auto policies = differences(first, second);
    const ProfileSearchResult search = search_differences(first, second, {.seed = options.seed, .ops = options.ops});
    const Verdict verdict = search.unexplained.empty() ? Verdict::holds : Verdict::differs;
    if (options.format == "json")
        print_json(options, verdict, policies, search);
    else
        print_text(options, verdict, policies, search);
    return exit_code(verdict);
}

}  // namespace

void add_diff(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("diff", "in which rules two kernel versions differ, and calls that show it");
    const auto options = std::make_shared<Options>();
    verb.add_option("FIRST", options->first, "a profile, perhaps with policies set over it: v6.18+anon-merge=strict")
        .required()
        .check(unknown_profile);
    verb.add_option("SECOND", options->second, "another profile").required().check(unknown_profile);
    verb.add_option("--ops", options->ops, "random operations that both perform").between(0, 100'000'000);
    add_seed_option(verb, options->seed);
    add_format_option(verb, options->format);
    verb.callback([verb, options, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_verb("diff", options->format, [&] { return run_diff(*options); }); };
    });
}

}  // namespace vmacheck::cli
