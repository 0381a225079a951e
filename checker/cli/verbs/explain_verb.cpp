// vmacheck explain: one trace in pictures.
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/explain.hpp"
#include "properties/run/extra_properties.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string path;
    ModelOptions model;
    std::string format;
};

int run_explain(const Options& options) {
    auto read = read_named_trace(options.path);
    if (const auto* message = std::get_if<std::string>(&read)) return bad_input("explain", "text", {*message});
    Trace& trace = std::get<Trace>(read);
    apply_model_options(options.model, trace.header);
    ReplayOptions replay_options;
    replay_options.checker = make_full_checker();
    ReplayResult result;
    const std::string text = explain(trace, replay_options, result);
    if (result.verdict == Verdict::bad_input)
        return bad_input("explain", "text", {describe(options.path, ReadError{1, 1, result.error})});
    fmt::print("{}", text);
    return exit_code(result.verdict);
}

}  // namespace

void add_explain(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("explain", "a trace in pictures: the VMAs before and after each step");
    const auto options = std::make_shared<Options>();
    verb->add_option("TRACE", options->path, "a trace file")->required();
    add_model_options(*verb, options->model, ModelOf::trace);
    // Known so that it can be refused with a remedy, and not in the help.
    verb->add_option("--format", options->format)->group("")->check([](const std::string& format) {
        return format == "text" ? ""
                                : "explain draws pictures, in text only; 'vmacheck replay --format json' gives results";
    });
    add_properties_option(*verb);
    verb->callback([options, &run] { run = [options] { return run_explain(*options); }; });
}

}  // namespace vmacheck::cli
