// vmacheck minimise: the smallest trace near a given one that breaks the same property.
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/options.hpp"
#include "checker/cli/options/properties_option.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/model_runner.hpp"
#include "checker/run/property_check.hpp"
#include "properties/run/catalogue.hpp"
#include "traces/format/text.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdio>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    std::string path;
    std::string out;
    std::string property;
    ModelOptions model;
    std::string format = "text";
};

// Replaces what the command line says.
void override_header(const ModelOptions& options, TraceHeader& header) {
    const ReplayOptions replay = model_options(options);
    if (replay.profile) header.profile = *replay.profile;
    if (replay.faults) header.faults = *replay.faults;
    if (replay.shipped) header.shipped = *replay.shipped;
}

// What the trace breaks as it stands; a broken assumption of the model counts as a property.
ReplayResult as_it_stands(const Trace& trace) {
    ReplayOptions options;
    options.check = check_all_properties();
    try {
        return replay(trace, options);
    } catch (const InternalAssertion& assertion) {
        ReplayResult result;
        result.verdict = ReplayVerdict::violated;
        result.violations.push_back({0, 0, {std::string(internal_assertion_name), assertion.what()}});
        return result;
    }
}

const FoundViolation* found_in(const ReplayResult& result, const std::string& property) {
    for (const FoundViolation& each : result.violations)
        if (property.empty() || each.violation.property == property) return &each;
    return nullptr;
}

// A trace whose results differ from the model's, which is not minimised: only broken properties are.
bool only_differs(const ReplayResult& result) {
    return result.violations.empty() && result.verdict == ReplayVerdict::differs;
}

void print_json(const Options& options, const Trace& trace, const ReplayResult& before, const Minimised* minimised,
                double elapsed_s, const OutputErrors& writing) {
    json::array findings;
    const bool internal = minimised != nullptr && minimised->violation.property == internal_assertion_name;
    if (minimised != nullptr)
        findings.push_back(json::object{{"property", minimised->violation.property},
                                        {"on", "model"},
                                        {"text", minimised->violation.text},
                                        {"ops", minimised->trace.steps.size()},
                                        {"found_ops", trace.steps.size()},
                                        {"trace", options.out},
                                        {"replay", trace_command("replay", options.out)}});
    const json::object object{{"verb", "minimise"},
                              {"verdict", minimised == nullptr ? (only_differs(before) ? "differs" : "holds")
                                          : internal           ? "error"
                                                               : "violated"},
                              {"profile", trace.header.profile},
                              {"runs", minimised == nullptr ? 0 : minimised->runs},
                              {"findings", findings},
                              {"errors", writing.errors()},
                              {"timing", json::object{{"elapsed_s", elapsed_s}}}};
    fmt::print("{}\n", json::serialize(object));
}

int minimise_trace(const Options& options, Trace trace) {
    const auto start = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    const ReplayResult before = as_it_stands(trace);
    if (before.verdict == ReplayVerdict::error)
        throw OutputError(describe(options.path, ReadError{1, 1, before.error}));
    const bool json = options.format == "json";
    // Standard output belongs to the trace unless that goes into a file.
    std::FILE* const out = options.out.empty() ? stderr : stdout;
    const FoundViolation* found = found_in(before, options.property);
    if (found == nullptr) {
        if (json)
            print_json(options, trace, before, nullptr, elapsed(), {});
        else if (only_differs(before))
            fmt::print(out, "differs     {}: every property holds, {}; what breaks a property is minimised\nnext: {}\n",
                       options.path, plural(before.differences.size(), "difference"),
                       trace_command("replay", options.path) + model_arguments(options.model));
        else
            fmt::print(out, "holds       {}: {}{}; nothing to minimise\n", options.path, plural(before.steps, "step"),
                       options.property.empty() ? "" : ", none breaks " + options.property + " first");
        return only_differs(before) ? exit_differs : exit_holds;
    }
    if (!json) {
        fmt::print(out, "violated    {}\n    {}: {}: {}\n", options.path, place_of(found->step, found->line),
                   found->violation.property, found->violation.text);
        fmt::print(out, "shrinking   {}\n", plural(trace.steps.size(), "operation"));
        std::fflush(out);
    }
    const auto minimised = minimise(trace, model_runner(), found->violation.property);
    if (!minimised) internal_assertion_failed("a replay and the minimiser's subject disagree");
    OutputErrors writing;
    if (!options.out.empty()) writing.attempt([&] { write_trace_to(options.out, minimised->trace); });
    if (json) {
        print_json(options, trace, before, &*minimised, elapsed(), writing);
    } else {
        fmt::print(out, "minimised   to {}{}\n", plural(minimised->trace.steps.size(), "operation"),
                   options.out.empty() ? "" : ": " + options.out);
        if (options.out.empty())
            fmt::print("{}", write_trace(minimised->trace));
        else
            fmt::print("next: {}\n", trace_command("explain", options.out));
    }
    return writing.finish(minimised->violation.property == internal_assertion_name ? exit_internal : exit_violated);
}

int run_minimise(const Options& options) {
    const auto refuse = [&](const std::string& message) { return bad_input("minimise", options.format, message); };
    if (options.format == "json" && options.out.empty()) return refuse("--format json needs --out FILE for the trace");
    auto read = read_named_trace(options.path);
    if (const auto* message = std::get_if<std::string>(&read)) return refuse(*message);
    Trace trace = std::get<Trace>(std::move(read));
    override_header(options.model, trace.header);
    try {
        if (!options.out.empty()) expect_file(options.out);
        return minimise_trace(options, std::move(trace));
    } catch (const OutputError& error) {
        return refuse(error.what());
    }
}

}  // namespace

void add_minimise(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("minimise", "the smallest trace near this one that breaks the same property");
    const auto options = std::make_shared<Options>();
    verb->add_option("TRACE", options->path, "a trace that breaks a property")->required();
    verb->add_option("-o,--out", options->out,
                     "where the trace goes; without this, to standard output, and what is said to standard error");
    verb->add_option("--property", options->property, "the property to keep broken, if the step breaks several")
        ->check([](const std::string& name) {
            return property_named(name) != nullptr
                       ? std::string()
                       : "unknown property '" + name + "'; 'vmacheck list properties' shows them";
        });
    add_model_options(*verb, options->model, ModelOf::trace);
    add_format_option(*verb, options->format);
    add_properties_option(*verb);
    verb->callback([options, &run] { run = [options] { return run_minimise(*options); }; });
}

}  // namespace vmacheck::cli
