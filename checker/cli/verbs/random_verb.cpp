// vmacheck random: random operations, every property after each, the first finding minimised.
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/options.hpp"
#include "checker/cli/options/properties_option.hpp"
#include "checker/cli/options/rerun_command.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/random/engine.hpp"
#include "checker/report/progress.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/model_name.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdio>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    RandomOptions random;
    ModelOptions model;
    std::string out = "findings";
    std::string format = "text";
    std::string progress = "auto";
    RerunCommand again;
};

SmallFinding minimise_found(const Options& options, const FoundCase& found, OutputErrors& writing) {
    const std::string name =
        fmt::format("{}-seed{}-case{}.jsonl", found.violation.property, options.random.seed, found.number);
    return minimise_into(options.out, name, found.trace, found.violation.property, writing);
}

// With another seed, unless it is to be done from the start again.
std::string same_again(const Options& options, const RandomResult& result) {
    return options.again.with({{"--seed", fmt::to_string(options.random.seed + (result.complete ? 1 : 0))}});
}

bool is_internal(const RandomResult& result) {
    return result.found && result.found->violation.property == internal_assertion_name;
}

int exit_code(const RandomResult& result) {
    if (!result.found) return result.complete ? exit_holds : exit_undecided;
    return is_internal(result) ? exit_internal : exit_violated;
}

// Of JSON.
std::string_view verdict(const RandomResult& result) {
    switch (exit_code(result)) {
        case exit_holds: return "holds";
        case exit_violated: return "violated";
        case exit_undecided: return "inconclusive";
        default: return "error";
    }
}

void print_text(const Options& options, const RandomResult& result, OutputErrors& writing) {
    const Coverage& coverage = result.coverage;
    const std::string_view word = result.found ? "violated" : result.complete ? "holds" : "undecided";
    fmt::print("{:<11} {}, seed {}: {} in {}, every property after each\n", word, model_name(options.random.model),
               options.random.seed, plural(result.steps, "step"), plural(result.cases, "case"));
    if (!result.complete) fmt::print("stopped     by a signal: every property held so far\n");
    fmt::print("coverage    {} of {} events, {} (op, errno) cells, {} of {} allocations failed\n",
               coverage.events_reached(), coverage.events.size(), coverage.outcomes_reached(),
               coverage.failed_allocations_reached(), coverage.failed_allocations.size());
    fmt::print("digest      {:#018x}\n", result.digest);
    if (!result.found) {
        fmt::print("next: {}\n", same_again(options, result));
        return;
    }
    const FoundCase& found = *result.found;
    fmt::print("found       case {}, step {}{}: {}: {}\n", found.number, found.trace.steps.size(),
               found.at_end ? " (by the full sweep after it)" : "", found.violation.property, found.violation.text);
    fmt::print("shrinking   {}\n", plural(found.trace.steps.size(), "operation"));
    std::fflush(stdout);
    const SmallFinding told = minimise_found(options, found, writing);
    fmt::print("minimised   to {}: {}\n\n", plural(told.minimised.trace.steps.size(), "operation"), told.path);
    if (!is_internal(result)) fmt::print("{}", short_explanation(told.minimised.trace));
    fmt::print("next: {}\n", trace_command(is_internal(result) ? "replay" : "explain", told.path));
}

void print_json(const Options& options, const RandomResult& result, double elapsed_s, OutputErrors& writing) {
    json::array findings;
    double minimise_s = 0;
    if (result.found) {
        const SmallFinding told = minimise_found(options, *result.found, writing);
        minimise_s = told.minimise_s;
        findings.push_back(json::object{{"property", told.minimised.violation.property},
                                        {"on", "model"},
                                        {"text", told.minimised.violation.text},
                                        {"case", result.found->number},
                                        {"ops", told.minimised.trace.steps.size()},
                                        {"found_ops", result.found->trace.steps.size()},
                                        {"trace", told.path},
                                        {"replay", trace_command("replay", told.path)}});
    }
    json::object object{{"verb", "random"}, {"verdict", verdict(result)}};
    add_model(object, options.random.model);
    const json::object rest{
        {"seed", options.random.seed},
        {"complete", result.complete},
        {"ops", options.random.ops},
        {"steps", result.steps},
        {"cases", result.cases},
        {"coverage", to_json(result.coverage)},
        {"findings", findings},
        {"errors", writing.errors()},
        {"digest", fmt::format("{:#018x}", result.digest)},
        {"timing", json::object{{"elapsed_s", elapsed_s},
                                {"steps_per_s", elapsed_s > 0 ? static_cast<double>(result.steps) / elapsed_s : 0},
                                {"minimise_s", minimise_s},
                                {"jobs", options.random.jobs}}}};
    object.insert(rest.begin(), rest.end());
    fmt::print("{}\n", json::serialize(object));
}

RandomResult search(const Options& options, Progress& progress) {
    const StopSignal stop;
    return run_random(options.random, [&](const RandomProgress& now) {
        progress.show(now.steps, now.ops, found_something(now.found));
    });
}

int run_verb(Options options) {
    apply_model_options(options.model, options.random.model);
    options.random.jobs = threads(options.random.jobs);
    options.random.stop = StopSignal::flag();
    try {
        expect_directory(options.out);
        Progress progress("random", progress_style(options.progress));
        const RandomResult result = search(options, progress);
        const double elapsed_s = progress.elapsed_s();
        progress.finish(result.steps);
        OutputErrors writing;
        if (options.format == "json")
            print_json(options, result, elapsed_s, writing);
        else
            print_text(options, result, writing);
        return writing.finish(exit_code(result));
    } catch (const OutputError& error) {
        return bad_input("random", options.format, error.what());
    }
}

}  // namespace

void add_random(CLI::App& app, Run& run) {
    CLI::App* verb =
        app.add_subcommand("random", "random operations, every property after each; a finding is minimised");
    const auto options = std::make_shared<Options>();
    RandomOptions& random = options->random;
    add_seed_option(*verb, random.seed);
    verb->add_option("--ops", random.ops, "operations to perform (default 1000000)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53));
    add_jobs_option(*verb, random.jobs);
    verb->add_option("--max-vmas", random.limits.vmas, "VMAs in all processes, from which on they are taken away")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
    verb->add_option("--pages", random.limits.pages, "size of the window that addresses lie in (default 40)")
        ->check(CLI::Range(4u, 100'000u));
    verb->add_option("--processes", random.limits.processes, "at a time (default 3)")
        ->check(CLI::Range(1u, max_processes));
    verb->add_option("--out", options->out, "directory that findings are written to (default findings)");
    add_model_options(*verb, options->model);
    add_format_option(*verb, options->format);
    verb->add_option("--progress", options->progress, "on standard error: auto, plain or none")
        ->check(CLI::IsMember({"auto", "plain", "none"}));
    add_properties_option(*verb);
    verb->callback([options, verb, &run] {
        options->again = RerunCommand(*verb);
        run = [options] { return run_verb(*options); };
    });
}

}  // namespace vmacheck::cli
