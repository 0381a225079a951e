// vmacheck export: a trace as a program, a test or a report for others.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/output_files.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/subject_model.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/exports/export_form.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/subject/named_subjects.hpp"
#include "properties/run/full_catalogue.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string path;
    std::string form;
    std::string output;  // a file; empty: standard output
    ModelOptions model;
};

int run_export(Options options) {
    return run_verb("export", "text", [&] {
        auto read = read_named_trace(options.path);
        if (const auto* message = std::get_if<std::string>(&read)) throw std::runtime_error(*message);
        if (options.model.profile == "auto") choose_model_of(*subject_named("running"), options.model);
        ExportRequest request{std::get<Trace>(std::move(read)),
                              std::filesystem::path(options.path).stem().string(),
                              trace_command("replay", options.path) + model_arguments(options.model),
                              {}};
        apply_model_options(options.model, request.trace.header);
        request.options.checker = make_full_checker();
        auto result = export_form_named(options.form)->render(request);
        if (const auto* none = std::get_if<NoExport>(&result))
            throw std::runtime_error(
                fmt::format("{}: cannot be exported as {}: {}", options.path, options.form, none->why));
        const Exported& exported = std::get<Exported>(result);
        if (options.output.empty())
            fmt::print("{}", exported.text);
        else
            write_text_to(options.output, exported.text);
        for (const LeftOutStep& each : exported.left_out) print_error("left out: " + text_of(each));
        return 0;
    });
}

std::string form_list() {
    std::string list;
    for (const ExportForm& each : export_forms())
        list += fmt::format("{}{}: {}", list.empty() ? "" : "; ", each.name, each.what);
    return list;
}

}  // namespace

void add_export(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("export", "a trace as a C program, a kernel test, a syzkaller program, Markdown or a page");
    const auto options = std::make_shared<Options>();
    std::vector<std::string> names;
    for (const ExportForm& each : export_forms()) names.emplace_back(each.name);
    verb.add_option("TRACE", options->path, "a trace file").required();
    verb.add_option("--as", options->form, form_list()).required().one_of(names);
    verb.add_option("-o,--output", options->output, "the file to write (default: standard output)");
    add_model_options(verb, options->model, ModelOf::exported_trace);
    add_properties_option(verb);
    verb.callback([options, &run] { run = [options] { return run_export(*options); }; });
}

}  // namespace vmacheck::cli
