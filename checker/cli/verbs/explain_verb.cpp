// vmacheck explain: one trace in pictures.
#include "checker/cli/options/options.hpp"
#include "checker/cli/options/properties_option.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/report/explain.hpp"
#include "checker/run/property_check.hpp"

#include <fmt/format.h>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string path;
    ModelOptions model;
    std::string format;
};

int run_explain(const Options& options) {
    const auto read = read_named_trace(options.path);
    if (const auto* message = std::get_if<std::string>(&read)) {
        print_error(*message);
        return exit_bad_input;
    }
    ReplayOptions replay_options = model_options(options.model);
    replay_options.check = check_all_properties();
    ReplayResult result;
    const std::string text = explain(std::get<Trace>(read), replay_options, result);
    if (result.verdict == ReplayVerdict::error) {
        print_error(describe(options.path, ReadError{1, 1, result.error}));
        return exit_bad_input;
    }
    fmt::print("{}", text);
    if (result.verdict == ReplayVerdict::violated) return exit_violated;
    return result.verdict == ReplayVerdict::differs ? exit_differs : exit_holds;
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
