// vmacheck probe: which value of each policy a subject has.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/conform/probe.hpp"
#include "checker/run/verdict.hpp"
#include "checker/subject/named_subjects.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    std::string on;
    SubjectOptions subject;
    std::string format = "text";
};

std::string_view word_of(ProbeAnswer answer) {
    switch (answer) {
        case ProbeAnswer::found: return "found";
        case ProbeAnswer::none: return "none";
        case ProbeAnswer::untold: return "untold";
    }
    return "";
}

// A policy whose probe agrees with no value is a finding: the kernel has a rule that we do not know.
Verdict verdict_of(const ProbeResult& result) {
    const auto unknown = [](const PolicyAnswer& each) { return each.answer == ProbeAnswer::none; };
    const auto known = [](const PolicyAnswer& each) { return each.answer == ProbeAnswer::found; };
    if (std::any_of(result.answers.begin(), result.answers.end(), unknown)) return Verdict::differs;
    return std::any_of(result.answers.begin(), result.answers.end(), known) ? Verdict::holds : Verdict::undecided;
}

std::string value_text(const PolicyAnswer& answer) {
    const PolicyInfo& info = all_policies()[answer.policy];
    if (answer.answer != ProbeAnswer::found) return "-";
    return std::string(info.values[answer.value].name);
}

std::string since_text(const PolicyAnswer& answer) {
    if (answer.answer != ProbeAnswer::found) return answer.why;
    const std::string_view since = all_policies()[answer.policy].values[answer.value].since;
    return since.empty() ? "" : fmt::format("since {}", since);
}

void print_text(const Options& options, const SubjectInfo& subject, const ProbeResult& result) {
    std::size_t width = 0;
    for (const PolicyInfo& each : all_policies()) width = std::max(width, each.name.size());
    fmt::print("{:<11} {} {}: {}, {} from it\n", "nearest", options.on, subject.version, result.profile,
               result.differing == 1 ? "1 policy differs" : fmt::format("{} policies differ", result.differing));
    for (const PolicyAnswer& each : result.answers)
        fmt::print("{:<7} {:<{}} {:<14} {}\n", word_of(each.answer), all_policies()[each.policy].name, width,
                   value_text(each), since_text(each));
    fmt::print("next: ./vmacheck conform --on {} --profile {}\n", shell_quote(options.on), result.settings);
}

void print_json(const Options& options, const SubjectInfo& subject, const ProbeResult& result, Verdict verdict) {
    json::array policies;
    for (const PolicyAnswer& each : result.answers)
        policies.push_back(
            json::object{{"name", all_policies()[each.policy].name},
                         {"answer", word_of(each.answer)},
                         {"value", each.answer == ProbeAnswer::found ? json::value(value_text(each)) : json::value()},
                         {"why", each.why}});
    fmt::print("{}\n",
               json::serialize(json::object{
                   {"verb", "probe"},
                   {"verdict", json_name(verdict)},
                   {"subject", json::object{{"on", options.on}, {"name", subject.name}, {"version", subject.version}}},
                   {"nearest", result.profile},
                   {"differing", result.differing},
                   {"settings", result.settings},
                   {"policies", policies}}));
}

int probe_subject(const Options& options) {
    const auto subject = subject_named(options.on, options.subject);
    const ProbeResult result = probe(*subject);
    const Verdict verdict = verdict_of(result);
    if (options.format == "json")
        print_json(options, subject->hello(), result, verdict);
    else
        print_text(options, subject->hello(), result);
    return exit_code(verdict);
}

int run_probe_verb(const Options& options) {
    try {
        return probe_subject(options);
    } catch (const SubjectLost& lost) {
        print_error(fmt::format("{}: {}", options.on, lost.what()));
        return exit_code(Verdict::undecided);
    }
}

}  // namespace

void add_probe(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("probe", "which rules a subject has, of those on which kernels differ");
    const auto options = std::make_shared<Options>();
    verb.add_option("--on", options->on, "the subject; 'vmacheck list subjects' shows them").required();
    verb.add_option("--answer-time", options->subject.answer_seconds,
                    "seconds that an answer of the subject may take (default 60)")
        .between(1u, 86'400u);
    add_format_option(verb, options->format);
    verb.callback([options, &run] {
        run = [options] { return run_verb("probe", options->format, [&] { return run_probe_verb(*options); }); };
    });
}

}  // namespace vmacheck::cli
