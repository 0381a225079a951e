// vmacheck explain: one trace step by step, in pictures or as JSON.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/output_files.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/explain.hpp"
#include "checker/report/html/explain_page.hpp"
#include "checker/report/story_json.hpp"
#include "checker/report/text.hpp"
#include "checker/report/trace_command.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <optional>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string path;
    ModelOptions model;
    std::string format = "text";
    std::optional<std::uint64_t> step;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> to;
    std::string html;  // file; empty: none
};

// What is wrong with it for this trace; empty: nothing.
std::string wrong_range(const StepRange& range, std::size_t steps) {
    if (range.from > range.to) return fmt::format("--from {} is above --to {}", range.from, range.to);
    if (steps != 0 && range.from > steps)
        return fmt::format("there is no step {}; the trace has {}", range.from, steps);
    return {};
}

StepRange range_of(const Options& options) {
    if (options.step) return {*options.step, *options.step};
    StepRange range;
    if (options.from) range.from = *options.from;
    if (options.to) range.to = *options.to;
    return range;
}

std::string replay_again(const Options& options) {
    return trace_command("replay", options.path) + model_arguments(options.model);
}

void print_json(const Options& options, const Story& story, const ReplayResult& result, const OutputErrors& errors) {
    boost::json::object object{{"verb", "explain"}, {"verdict", json_name(result.verdict)}};
    for (auto& [key, value] : json_of(story, options.path, replay_again(options))) object[key] = std::move(value);
    object["errors"] = errors.errors();
    fmt::print("{}\n", boost::json::serialize(object));
}

int run_explain(const Options& options) {
    if (!options.html.empty()) expect_file(options.html);
    auto read = read_named_trace(options.path);
    if (const auto* message = std::get_if<std::string>(&read)) return bad_input("explain", options.format, {*message});
    Trace& trace = std::get<Trace>(read);
    apply_model_options(options.model, trace.header);
    const StepRange range = range_of(options);
    if (const std::string wrong = wrong_range(range, trace.steps.size()); !wrong.empty())
        return bad_input("explain", options.format, {options.path + ": " + wrong});
    ReplayOptions replay_options;
    replay_options.checker = make_full_checker();
    ReplayResult result;
    const Depth depth = options.html.empty() ? Depth::pictures : Depth::details;
    const Story story = explain(trace, replay_options, result, depth, range);
    if (result.verdict == Verdict::bad_input)
        return bad_input("explain", options.format, {describe(options.path, ReadError{1, 1, result.error})});
    OutputErrors errors;
    if (!options.html.empty())
        errors.attempt([&] {
            write_text_to(options.html, html::explain_page({story, result.verdict, options.path, replay_again(options),
                                                            write_trace(trace)}));
        });
    if (options.format == "json")
        print_json(options, story, result, errors);
    else if (options.html.empty())
        fmt::print("{}", text_of(story));
    else
        fmt::print("{}page        {}\n", end_text_of(story), options.html);
    return errors.finish(exit_code(result.verdict));
}

}  // namespace

void add_explain(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("explain", "a trace in pictures: the VMAs before and after each step");
    const auto options = std::make_shared<Options>();
    verb.add_option("TRACE", options->path, "a trace file").required();
    const Option step = verb.add_option("--step", options->step, "this step alone, from 1").between(1, 1ULL << 32);
    const Option from = verb.add_option("--from", options->from, "from this step on");
    from.between(1, 1ULL << 32).excludes(step);
    const Option to = verb.add_option("--to", options->to, "up to this step");
    to.between(1, 1ULL << 32).excludes(step);
    add_model_options(verb, options->model, ModelOf::trace);
    verb.add_option("--html", options->html,
                    "write the explanation to this file, as one page for a browser; it has every step")
        .excludes(step)
        .excludes(from)
        .excludes(to);
    add_format_option(verb, options->format);
    add_properties_option(verb);
    verb.callback([options, &run] {
        run = [options] { return run_verb("explain", options->format, [&] { return run_explain(*options); }); };
    });
}

}  // namespace vmacheck::cli
