// vmacheck minimise: the smallest trace near a given one that breaks the same property.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/progress.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/model_runner.hpp"
#include "checker/run/replay.hpp"
#include "properties/run/catalogue.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/text.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

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
    std::string progress = "auto";
};

// What a run of the verb came to.
struct Result {
    ReplayResult before;                 // of the trace as it is
    std::optional<Minimised> minimised;  // none: it does not violate the property
    double elapsed_s = 0;

    [[nodiscard]] Verdict verdict() const {
        // Only violated properties are minimised, so of another trace only a difference counts.
        if (!minimised) return before.verdict == Verdict::differs ? Verdict::differs : Verdict::holds;
        return minimised->finding.is_internal() ? Verdict::internal : Verdict::violated;
    }
};

void print_json(const Trace& trace, const Result& result, const OutputErrors& errors) {
    json::array findings;
    if (result.minimised)
        findings.emplace_back(finding_json(result.minimised->finding)).as_object()["found_ops"] = trace.steps.size();
    const json::object object{{"verb", "minimise"},
                              {"verdict", json_name(result.verdict())},
                              {"profile", trace.header.profile},
                              {"runs", result.minimised ? result.minimised->runs : 0},
                              {"findings", findings},
                              {"errors", errors.errors()},
                              {"timing", json::object{{"elapsed_s", result.elapsed_s}}}};
    fmt::print("{}\n", json::serialize(object));
}

// Nothing to minimise.
void print_other(std::FILE* out, const Options& options, const ReplayResult& before) {
    if (before.verdict == Verdict::differs)
        fmt::print(out, "differs     {}: every property holds, {}; only violated properties are minimised\nnext: {}\n",
                   options.path, plural(before.differences.size(), "difference"),
                   trace_command("replay", options.path) + model_arguments(options.model));
    else
        fmt::print(out, "holds       {}: {}{}; nothing to minimise\n", options.path, plural(before.steps, "step"),
                   options.property.empty() ? "" : ", none breaks " + options.property + " first");
}

void print_minimised_trace(std::FILE* out, const Options& options, const Trace& trace) {
    fmt::print(out, "minimised   to {}{}\n", plural(trace.steps.size(), "operation"),
               options.out.empty() ? "" : ": " + options.out);
    if (options.out.empty())
        fmt::print("{}", write_trace(trace));
    else
        fmt::print("next: {}\n", trace_command("explain", options.out));
}

// Runs traces on the model, and shows how many it has run.
TraceRunner counted_runner(ProgressDisplay& progress, std::uint64_t& runs) {
    return [run = model_runner(), &progress, &runs](const Trace& trace) {
        RunResult result = run(trace);
        progress.show({++runs, 0, fmt::format("one of {}", plural(trace.steps.size(), "operation"))});
        return result;
    };
}

int minimise_trace(const Options& options, const Trace& trace) {
    ProgressDisplay progress("minimise", progress_style(options.progress), "runs", true);
    std::uint64_t runs = 0;
    const bool json = options.format == "json";
    // Standard output belongs to the trace unless that goes into a file.
    std::FILE* const out = options.out.empty() ? stderr : stdout;
    Result result;
    ReplayOptions replaying;
    replaying.checker = make_full_checker();
    result.before = replay(trace, replaying);
    if (result.before.verdict == Verdict::bad_input)
        throw BadInputs({describe(options.path, ReadError{1, 1, result.before.error})});
    OutputErrors errors;
    const Violation* found = result.before.broken.find(options.property);
    if (found == nullptr) {
        result.elapsed_s = progress.elapsed_s();
        if (json)
            print_json(trace, result, errors);
        else
            print_other(out, options, result.before);
        return exit_code(result.verdict());
    }
    if (!json) {
        fmt::print(out, "violated    {}\n    {}: {}: {}\n", options.path,
                   place_of(result.before.broken.step, result.before.line), found->property, found->text);
        fmt::print(out, "shrinking   {}\n", plural(trace.steps.size(), "operation"));
        std::fflush(out);
    }
    result.minimised = minimise(trace, counted_runner(progress, runs), found->property);
    progress.finish(runs);
    if (!result.minimised) internal_assertion_failed("the finding did not reproduce in the minimiser");
    Finding& finding = result.minimised->finding;
    finding.path = options.out;
    if (!options.out.empty()) errors.attempt([&] { write_trace_to(options.out, finding.trace); });
    result.elapsed_s = progress.elapsed_s();
    if (json)
        print_json(trace, result, errors);
    else
        print_minimised_trace(out, options, finding.trace);
    return errors.finish(exit_code(result.verdict()));
}

int run_minimise(const Options& options) {
    return run_verb("minimise", options.format, [&] {
        if (options.format == "json" && options.out.empty())
            throw BadInputs({"--format json needs --out FILE for the trace"});
        auto read = read_named_trace(options.path);
        if (const auto* message = std::get_if<std::string>(&read)) throw BadInputs({*message});
        Trace& trace = std::get<Trace>(read);
        apply_model_options(options.model, trace.header);
        if (!options.out.empty()) expect_file(options.out);
        return minimise_trace(options, trace);
    });
}

}  // namespace

void add_minimise(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("minimise", "the smallest trace near this one that breaks the same property");
    const auto options = std::make_shared<Options>();
    verb.add_option("TRACE", options->path, "a trace that breaks a property").required();
    verb.add_option("-o,--out", options->out,
                    "file for the trace; without it the trace goes to standard output, and messages to standard error");
    verb.add_option("--property", options->property, "the property to keep broken, if the step breaks several")
        .check([](const std::string& name) {
            return property_named(name) != nullptr
                       ? std::string()
                       : "unknown property '" + name + "'; 'vmacheck list properties' shows them";
        });
    add_model_options(verb, options->model, ModelOf::trace);
    add_format_option(verb, options->format);
    add_progress_option(verb, options->progress);
    add_properties_option(verb);
    verb.callback([options, &run] { run = [options] { return run_minimise(*options); }; });
}

}  // namespace vmacheck::cli
