// vmacheck replay: traces from files and directories, every property after each step, results compared.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/replay.hpp"
#include "model/state/digest.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdio>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t shown_differences = 8;  // of one trace, in text

struct Options {
    std::vector<std::string> paths;
    ModelOptions model;
    bool expect = false;
    std::string format = "text";
};

// The results of all traces together.
struct Tally {
    std::size_t traces = 0;
    std::size_t failed = 0;
    std::size_t steps = 0;
    std::size_t compared = 0;
    std::size_t differences = 0;
    bool violated = false;  // counts towards the exit code
    bool differs = false;
    bool bad = false;
    bool internal = false;
    Digest digest;  // of the Worlds the replays ended in
    std::string first_failed;
    std::string profile;
    json::array findings;
    json::array difference_list;
    json::array errors;

    [[nodiscard]] Verdict verdict() const {
        if (internal) return Verdict::internal;
        if (violated) return Verdict::violated;
        if (bad) return Verdict::bad_input;
        return differs ? Verdict::differs : Verdict::holds;
    }
};

void print_details(const Trace& trace, const ReplayResult& result, bool expect) {
    for (const Violation& each : result.broken.violations)
        fmt::print("    {}: {}: {}\n", place_of(result.broken.step, result.line), each.property, each.text);
    for (std::size_t i = 0; i < std::min(result.differences.size(), shown_differences); ++i) {
        const Difference& each = result.differences[i];
        fmt::print("    {}: {}: expected {}, is {}\n", place_of(each.step, each.line), each.what, each.expected,
                   each.actual);
    }
    if (result.differences.size() > shown_differences)
        fmt::print("    and {}\n", plural(result.differences.size() - shown_differences, "more difference"));
    if (!expect || result.expectation_met || !trace.header.expect || !trace.header.expect->violated) return;
    const std::string& property = trace.header.expect->property;
    fmt::print("    expected: {} violated\n", property.empty() ? "some property" : property);
}

// The command that replays or explains one trace under the same model.
std::string command(std::string_view verb, const ModelOptions& model, const std::string& path) {
    return trace_command(verb, path) + model_arguments(model);
}

void add_json(Tally& tally, const std::string& path, const ReplayResult& result, const ModelOptions& model) {
    for (const Violation& each : result.broken.violations)
        tally.findings.push_back(json::object{{"property", each.property},
                                              {"on", "model"},
                                              {"text", each.text},
                                              {"ops", result.broken.step},
                                              {"line", result.line},
                                              {"trace", path},
                                              {"replay", command("replay", model, path)}});
    for (const Difference& each : result.differences)
        tally.difference_list.push_back(json::object{{"trace", path},
                                                     {"step", each.step},
                                                     {"line", each.line},
                                                     {"what", each.what},
                                                     {"stated", each.expected},
                                                     {"model", each.actual}});
}

void count(Tally& tally, const std::string& path, const Trace& trace, const ReplayResult& result, bool failed) {
    tally.steps += result.steps;
    tally.compared += result.compared;
    tally.differences += result.differences.size();
    tally.digest.add(result.digest);
    if (tally.profile.empty())
        tally.profile = trace.header.profile;
    else if (tally.profile != trace.header.profile)
        tally.profile = "several";
    if (!failed) return;
    ++tally.failed;
    if (tally.first_failed.empty()) tally.first_failed = path;
    if (result.verdict == Verdict::violated)
        tally.violated = true;
    else
        tally.differs = true;  // also a violation that was expected and did not come
}

void bad_trace(Tally& tally, const std::string& message) {
    tally.bad = true;
    ++tally.failed;
    tally.errors.push_back(json::string(message));
    print_error(message);
}

void internal_assertion(Tally& tally, const std::string& path, const std::string& text) {
    tally.internal = true;
    ++tally.failed;
    const std::string message = fmt::format("{}: internal assertion of the model: {}", path, text);
    tally.errors.push_back(json::string(message));
    print_error(message);
}

// It may be one from outside, so the trace is not wrong.
void warn_of_unknown_property(const std::string& path, const TraceHeader& header) {
    if (!header.expect || header.expect->property.empty()) return;
    const std::string& name = header.expect->property;
    if (whole_property_named(name) != nullptr || name == "bug-on" || name == "use-after-free" ||
        name == internal_assertion_name)
        return;
    print_error(fmt::format("{}: expects '{}', which is no property here; those from outside come with --properties",
                            path, name));
}

void replay_one(const std::string& path, const Options& options, Tally& tally) {
    ++tally.traces;
    auto read = read_named_trace(path);
    if (const auto* message = std::get_if<std::string>(&read)) {
        bad_trace(tally, *message);
        return;
    }
    Trace& trace = std::get<Trace>(read);
    apply_model_options(options.model, trace.header);
    warn_of_unknown_property(path, trace.header);
    ReplayOptions replay_options;
    replay_options.checker = make_full_checker();
    const ReplayResult result = replay(trace, replay_options);
    if (result.verdict == Verdict::internal) {
        internal_assertion(tally, path, result.broken.violations.front().text);
        return;
    }
    if (result.verdict == Verdict::bad_input) {
        bad_trace(tally, describe(path, ReadError{1, 1, result.error}));
        return;
    }
    const bool failed = options.expect ? !result.expectation_met : result.verdict != Verdict::holds;
    count(tally, path, trace, result, failed);
    add_json(tally, path, result, options.model);
    if (options.format == "json") return;
    const std::string_view outcome = failed ? word(result.verdict) : options.expect ? "as expected" : "holds";
    fmt::print("{:<11} {}  {}, {} compared\n", failed && outcome == "holds" ? "unexpected" : outcome, path,
               plural(result.steps, "step"), plural(result.compared, "result"));
    if (failed) print_details(trace, result, options.expect);
}

void print_json(const Tally& tally, double elapsed_s) {
    const json::object object{{"verb", "replay"},
                              {"verdict", json_name(tally.verdict())},
                              {"profile", tally.profile},
                              {"traces", tally.traces},
                              {"failed", tally.failed},
                              {"steps", tally.steps},
                              {"compared", tally.compared},
                              {"findings", tally.findings},
                              {"differences", tally.difference_list},
                              {"errors", tally.errors},
                              {"digest", digest_text(tally.digest.value())},
                              {"timing", json::object{{"elapsed_s", elapsed_s}}}};
    fmt::print("{}\n", json::serialize(object));
}

int run_replay(const Options& options) {
    const auto start = std::chrono::steady_clock::now();
    const TraceFiles files = find_traces(options.paths);
    Tally tally;
    if (!files.error.empty()) {
        tally.bad = true;
        tally.errors.push_back(json::string(files.error));
        print_error(files.error);
        if (options.format != "json") return exit_code(tally.verdict());
    }
    for (const std::string& path : files.paths) replay_one(path, options, tally);
    if (options.format == "json") {
        print_json(tally, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        return exit_code(tally.verdict());
    }
    fmt::print("{}, {}, {} compared: ", plural(tally.traces, "trace"), plural(tally.steps, "step"),
               plural(tally.compared, "result"));
    if (tally.failed == 0)
        fmt::print("{}\n", options.expect ? "all as expected" : "all hold");
    else
        fmt::print("{} failed\n", tally.failed);
    if (!tally.first_failed.empty()) fmt::print("next: {}\n", command("explain", options.model, tally.first_failed));
    return exit_code(tally.verdict());
}

}  // namespace

void add_replay(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("replay", "replay traces: every property after each step, results compared");
    const auto options = std::make_shared<Options>();
    verb.add_option("PATH", options->paths, "trace files, and directories that are searched for *.jsonl").required();
    add_model_options(verb, options->model, ModelOf::trace);
    verb.add_flag("--expect", options->expect, "succeed exactly when each header's expectation is met");
    add_format_option(verb, options->format);
    add_properties_option(verb);
    verb.callback([options, &run] { run = [options] { return run_replay(*options); }; });
}

}  // namespace vmacheck::cli
