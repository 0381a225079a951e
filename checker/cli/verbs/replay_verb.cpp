// vmacheck replay: traces from files and directories, every property after each step, results compared.
#include "checker/cli/options/options.hpp"
#include "checker/cli/options/properties_option.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/finding.hpp"
#include "checker/run/property_check.hpp"
#include "model/state/digest.hpp"
#include "properties/run/extra_properties.hpp"
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

// What all traces came to.
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

    [[nodiscard]] int exit_code() const {
        if (internal) return exit_internal;
        if (violated) return exit_violated;
        if (bad) return exit_bad_input;
        return differs ? exit_differs : exit_holds;
    }
    [[nodiscard]] const char* verdict() const {
        if (internal) return "error";
        if (violated) return "violated";
        if (bad) return "error";
        return differs ? "differs" : "holds";
    }
};

void print_details(const Trace& trace, const ReplayResult& result, bool expect) {
    for (const FoundViolation& each : result.violations)
        fmt::print("    {}: {}: {}\n", place_of(each.step, each.line), each.violation.property, each.violation.text);
    for (std::size_t i = 0; i < std::min(result.differences.size(), shown_differences); ++i) {
        const Difference& each = result.differences[i];
        fmt::print("    {}: {}\n        stated  {}\n        model   {}\n", place_of(each.step, each.line), each.what,
                   each.stated, each.seen);
    }
    if (result.differences.size() > shown_differences)
        fmt::print("    and {}\n", plural(result.differences.size() - shown_differences, "more difference"));
    if (!expect || result.expectation_met || !trace.header.expect || !trace.header.expect->violated) return;
    const std::string& property = trace.header.expect->property;
    fmt::print("    expected: {} violated\n", property.empty() ? "some property" : property);
}

// The command that does again what was done to one trace.
std::string command(std::string_view verb, const ModelOptions& model, const std::string& path) {
    return trace_command(verb, path) + model_arguments(model);
}

void add_json(Tally& tally, const std::string& path, const ReplayResult& result, const ModelOptions& model) {
    for (const FoundViolation& each : result.violations)
        tally.findings.push_back(json::object{{"property", each.violation.property},
                                              {"on", "model"},
                                              {"text", each.violation.text},
                                              {"ops", each.step},
                                              {"line", each.line},
                                              {"trace", path},
                                              {"replay", command("replay", model, path)}});
    for (const Difference& each : result.differences)
        tally.difference_list.push_back(json::object{{"trace", path},
                                                     {"step", each.step},
                                                     {"line", each.line},
                                                     {"what", each.what},
                                                     {"stated", each.stated},
                                                     {"model", each.seen}});
}

void count(Tally& tally, const std::string& path, const ReplayResult& result, bool failed) {
    tally.steps += result.steps;
    tally.compared += result.compared;
    tally.differences += result.differences.size();
    tally.digest.add(result.digest);
    if (tally.profile.empty())
        tally.profile = result.profile;
    else if (tally.profile != result.profile)
        tally.profile = "several";
    if (!failed) return;
    ++tally.failed;
    if (tally.first_failed.empty()) tally.first_failed = path;
    if (result.verdict == ReplayVerdict::violated)
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

// It may be one from outside, so it is no error of the trace.
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
    ReplayResult result;
    const auto read = read_named_trace(path);
    if (const auto* message = std::get_if<std::string>(&read)) {
        bad_trace(tally, *message);
        return;
    }
    const Trace& trace = std::get<Trace>(read);
    warn_of_unknown_property(path, trace.header);
    ReplayOptions replay_options = model_options(options.model);
    replay_options.check = check_all_properties();
    try {
        result = replay(trace, replay_options);
    } catch (const InternalAssertion& assertion) {
        tally.internal = true;
        ++tally.failed;
        const std::string message = fmt::format("{}: internal assertion of the model: {}", path, assertion.what());
        tally.errors.push_back(json::string(message));
        print_error(message);
        return;
    }
    if (result.verdict == ReplayVerdict::error) {
        bad_trace(tally, describe(path, ReadError{1, 1, result.error}));
        return;
    }
    const bool failed = options.expect ? !result.expectation_met : result.verdict != ReplayVerdict::holds;
    count(tally, path, result, failed);
    add_json(tally, path, result, options.model);
    if (options.format == "json") return;
    const std::string_view word = failed ? name(result.verdict) : options.expect ? "as expected" : "holds";
    fmt::print("{:<11} {}  {}, {} compared\n", failed && word == "holds" ? "unexpected" : word, path,
               plural(result.steps, "step"), plural(result.compared, "result"));
    if (failed) print_details(trace, result, options.expect);
}

void print_json(const Tally& tally, double elapsed_s) {
    const json::object object{{"verb", "replay"},
                              {"verdict", tally.verdict()},
                              {"profile", tally.profile},
                              {"traces", tally.traces},
                              {"failed", tally.failed},
                              {"steps", tally.steps},
                              {"compared", tally.compared},
                              {"findings", tally.findings},
                              {"differences", tally.difference_list},
                              {"errors", tally.errors},
                              {"digest", fmt::format("{:#018x}", tally.digest.value())},
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
        if (options.format != "json") return exit_bad_input;
    }
    for (const std::string& path : files.paths) replay_one(path, options, tally);
    if (options.format == "json") {
        print_json(tally, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        return tally.exit_code();
    }
    fmt::print("{}, {}, {} compared: ", plural(tally.traces, "trace"), plural(tally.steps, "step"),
               plural(tally.compared, "result"));
    if (tally.failed == 0)
        fmt::print("{}\n", options.expect ? "all as expected" : "all hold");
    else
        fmt::print("{} failed\n", tally.failed);
    if (!tally.first_failed.empty()) fmt::print("next: {}\n", command("explain", options.model, tally.first_failed));
    return tally.exit_code();
}

}  // namespace

void add_replay(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("replay", "replay traces: every property after each step, results compared");
    const auto options = std::make_shared<Options>();
    verb->add_option("PATH", options->paths, "trace files, and directories that are searched for *.jsonl")->required();
    add_model_options(*verb, options->model, ModelOf::trace);
    verb->add_flag("--expect", options->expect, "succeed exactly when each header's expectation is met");
    add_format_option(*verb, options->format);
    add_properties_option(*verb);
    verb->callback([options, &run] { run = [options] { return run_replay(*options); }; });
}

}  // namespace vmacheck::cli
