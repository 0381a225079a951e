// vmacheck explain: one trace step by step, in pictures or as JSON.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/explain.hpp"
#include "checker/report/story_json.hpp"
#include "checker/report/text.hpp"
#include "checker/report/trace_command.hpp"
#include "properties/run/full_catalogue.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string path;
    ModelOptions model;
    std::string format = "text";
};

void print_json(const Options& options, const Story& story, const ReplayResult& result) {
    boost::json::object object{{"verb", "explain"}, {"verdict", json_name(result.verdict)}};
    const std::string replay = trace_command("replay", options.path) + model_arguments(options.model);
    for (auto& [key, value] : json_of(story, options.path, replay)) object[key] = std::move(value);
    object["errors"] = boost::json::array();
    fmt::print("{}\n", boost::json::serialize(object));
}

int run_explain(const Options& options) {
    auto read = read_named_trace(options.path);
    if (const auto* message = std::get_if<std::string>(&read)) return bad_input("explain", options.format, {*message});
    Trace& trace = std::get<Trace>(read);
    apply_model_options(options.model, trace.header);
    ReplayOptions replay_options;
    replay_options.checker = make_full_checker();
    ReplayResult result;
    const Story story = explain(trace, replay_options, result);
    if (result.verdict == Verdict::bad_input)
        return bad_input("explain", options.format, {describe(options.path, ReadError{1, 1, result.error})});
    if (options.format == "json")
        print_json(options, story, result);
    else
        fmt::print("{}", text_of(story));
    return exit_code(result.verdict);
}

}  // namespace

void add_explain(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("explain", "a trace in pictures: the VMAs before and after each step");
    const auto options = std::make_shared<Options>();
    verb.add_option("TRACE", options->path, "a trace file").required();
    add_model_options(verb, options->model, ModelOf::trace);
    add_format_option(verb, options->format);
    add_properties_option(verb);
    verb.callback([options, &run] { run = [options] { return run_explain(*options); }; });
}

}  // namespace vmacheck::cli
