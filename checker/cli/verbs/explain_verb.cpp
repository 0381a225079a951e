// vmacheck explain: one trace step by step, in pictures or as JSON.
#include "checker/cli/options/options.hpp"
#include "checker/cli/options/properties_option.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/report/explain.hpp"
#include "checker/report/story_json.hpp"
#include "checker/report/text.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/property_check.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string path;
    ModelOptions model;
    std::string format = "text";
};

int refuse(const Options& options, const std::string& message) {
    if (options.format == "json") print_error_object("explain", {message});
    print_error(message);
    return exit_bad_input;
}

void print_json(const Options& options, const Story& story, const ReplayResult& result) {
    boost::json::object object{{"verb", "explain"}, {"verdict", name(result.verdict)}};
    const std::string replay = trace_command("replay", options.path) + model_arguments(options.model);
    for (auto& [key, value] : json_of(story, options.path, replay)) object[key] = std::move(value);
    object["errors"] = boost::json::array();
    fmt::print("{}\n", boost::json::serialize(object));
}

int run_explain(const Options& options) {
    const auto read = read_named_trace(options.path);
    if (const auto* message = std::get_if<std::string>(&read)) return refuse(options, *message);
    ReplayOptions replay_options = model_options(options.model);
    replay_options.check = check_all_properties();
    ReplayResult result;
    const Story story = explain(std::get<Trace>(read), replay_options, result);
    if (result.verdict == ReplayVerdict::error)
        return refuse(options, describe(options.path, ReadError{1, 1, result.error}));
    if (options.format == "json")
        print_json(options, story, result);
    else
        fmt::print("{}", text_of(story));
    if (result.verdict == ReplayVerdict::violated) return exit_violated;
    return result.verdict == ReplayVerdict::differs ? exit_differs : exit_holds;
}

}  // namespace

void add_explain(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("explain", "a trace in pictures: the VMAs before and after each step");
    const auto options = std::make_shared<Options>();
    verb->add_option("TRACE", options->path, "a trace file")->required();
    add_model_options(*verb, options->model, ModelOf::trace);
    add_format_option(*verb, options->format);
    add_properties_option(*verb);
    verb->callback([options, &run] { run = [options] { return run_explain(*options); }; });
}

}  // namespace vmacheck::cli
