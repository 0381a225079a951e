// vmacheck guide: exploration that the solver guides, every property after each step, the first finding minimised.
#include "checker/cli/options/explore_options.hpp"
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/properties_option.hpp"
#include "checker/cli/options/rerun_command.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/smt_verbs.hpp"
#include "checker/report/progress.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/model_name.hpp"
#include "checker/smt/guide.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdio>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    smt::GuideOptions guide;
    ModelOptions model;
    std::optional<std::string> scope;  // none: cases of the random engine
    unsigned pages = 0;                // 0: the default
    std::uint64_t ops = 0;             // 0: the default
    std::string out = "findings";
    std::string format = "text";
    std::string progress = "auto";
    RerunCommand again;
};

SmallFinding minimise_found(const Options& options, const smt::GuideFound& found, OutputErrors& writing) {
    const std::string name = fmt::format("{}-guide-seed{}.jsonl", found.violation.property, options.guide.seed);
    return minimise_into(options.out, name, found.trace, found.violation.property, writing);
}

bool is_internal(const smt::GuideResult& result) {
    return result.found && result.found->violation.property == internal_assertion_name;
}

int exit_code(const smt::GuideResult& result) {
    if (!result.found) return result.complete ? exit_holds : exit_undecided;
    return is_internal(result) ? exit_internal : exit_violated;
}

ScopeOptions scope_options(const Options& options) {
    return {options.scope.value_or(""), options.pages, options.model};
}

// With another seed, unless it is to be done from the start again.
std::string same_again(const Options& options, const smt::GuideResult& result) {
    return options.again.with({{"--seed", fmt::to_string(options.guide.seed + (result.complete ? 1 : 0))}});
}

// Of JSON.
std::string_view verdict(const smt::GuideResult& result) {
    switch (exit_code(result)) {
        case exit_holds: return "holds";
        case exit_violated: return "violated";
        case exit_undecided: return "inconclusive";
        default: return "error";
    }
}

void print_text(const Options& options, const smt::GuideResult& result, OutputErrors& writing) {
    const Coverage& coverage = result.coverage;
    const std::string_view word = result.found ? "violated" : result.complete ? "holds" : "undecided";
    fmt::print("{:<11} {}, seed {}: {} in {}, {} of them with solved numbers, every property after each\n", word,
               model_name(options.guide.model), options.guide.seed, plural(result.steps, "step"),
               plural(result.cases, "trace"), result.solved);
    if (!result.complete) fmt::print("stopped     by a signal: every property held so far\n");
    fmt::print("solver      {}: {} sat, {} unsat, {} undecided; {} without Z3\n",
               plural(result.solver.queries, "question"), result.solver.sat, result.solver.unsat,
               result.solver.undecided, result.solver.by_order + result.solver.nearby);
    fmt::print("coverage    {} of {} events, {} (op, errno) cells, {} of {} allocations failed, {} merge situations\n",
               coverage.events_reached(), coverage.events.size(), coverage.outcomes_reached(),
               coverage.failed_allocations_reached(), coverage.failed_allocations.size(), coverage.merges_reached());
    if (result.reach)
        fmt::print("scope       {}: {} cells of those that explore{} --cells lists\n", options.guide.scope->name,
                   result.reach->reached(), scope_arguments(scope_options(options), options.guide.scope->pages));
    fmt::print("digest      {:#018x}\n", result.digest);
    if (!result.found) {
        fmt::print("next: {}\n", same_again(options, result));
        return;
    }
    const smt::GuideFound& found = *result.found;
    fmt::print("found       step {} of a trace{}: {}: {}\n", found.trace.steps.size(),
               found.at_end ? " (by the full sweep after it)" : "", found.violation.property, found.violation.text);
    fmt::print("shrinking   {}\n", plural(found.trace.steps.size(), "operation"));
    std::fflush(stdout);
    const SmallFinding told = minimise_found(options, found, writing);
    fmt::print("minimised   to {}: {}\n\n", plural(told.minimised.trace.steps.size(), "operation"), told.path);
    if (!is_internal(result)) fmt::print("{}", short_explanation(told.minimised.trace));
    fmt::print("next: {}\n", trace_command(is_internal(result) ? "replay" : "explain", told.path));
}

void print_json(const Options& options, const smt::GuideResult& result, double elapsed_s, OutputErrors& writing) {
    json::array findings;
    if (result.found) {
        const SmallFinding told = minimise_found(options, *result.found, writing);
        findings.push_back(json::object{{"property", told.minimised.violation.property},
                                        {"on", "model"},
                                        {"text", told.minimised.violation.text},
                                        {"ops", told.minimised.trace.steps.size()},
                                        {"found_ops", result.found->trace.steps.size()},
                                        {"trace", told.path},
                                        {"replay", trace_command("replay", told.path)}});
    }
    const auto rate = [&](std::uint64_t count) { return elapsed_s > 0 ? static_cast<double>(count) / elapsed_s : 0; };
    json::object cells;
    if (result.reach)
        result.reach->each_reached([&](ReachTable::Cell cell, const std::string& name) {
            cells[name] = json::object{{"transitions", result.reach->count(cell)}, {"step", result.reach->first(cell)}};
        });
    json::object object{{"verb", "guide"}, {"verdict", verdict(result)}};
    add_model(object, options.guide.model);
    const json::object rest{{"seed", options.guide.seed},
                            {"complete", result.complete},
                            {"ops", options.guide.ops},
                            {"steps", result.steps},
                            {"traced_steps", result.traced},
                            {"cases", result.cases},
                            {"solved", result.solved},
                            {"kept", result.kept},
                            {"untraceable", result.untraceable},
                            {"queries", result.solver.queries},
                            {"without_z3", result.solver.by_order + result.solver.nearby},
                            {"undecided_queries", result.solver.undecided},
                            {"units", result.solver.units},
                            {"coverage", to_json(result.coverage)},
                            {"merge_situations", result.coverage.merges_reached()},
                            {"findings", findings},
                            {"errors", writing.errors()},
                            {"digest", fmt::format("{:#018x}", result.digest)},
                            {"timing", json::object{{"elapsed_s", elapsed_s},
                                                    {"steps_per_s", rate(result.steps)},
                                                    {"answers_per_s", rate(result.solver.queries)}}}};
    object.insert(rest.begin(), rest.end());
    if (result.reach) {
        object["scope"] = options.guide.scope->name;
        object["pages"] = options.guide.scope->pages;
        object["cells"] = std::move(cells);
    }
    fmt::print("{}\n", json::serialize(object));
}

// What random operations are drawn from. Throws std::runtime_error with one line.
void choose_source(Options& options) {
    constexpr std::uint64_t ops_in_scope = 10'000'000;  // enough for every cell of the built-in scopes
    if (options.ops != 0)
        options.guide.ops = options.ops;
    else if (options.scope)
        options.guide.ops = ops_in_scope;
    if (!options.scope) {
        apply_model_options(options.model, options.guide.model);
        if (options.pages != 0) options.guide.limits.pages = options.pages;
        if (options.guide.limits.pages < 4) throw std::runtime_error("--pages: at least 4 without --scope");
        return;
    }
    if (options.pages > most_pages)
        throw std::runtime_error(fmt::format("--pages: a scope has at most {}", most_pages));
    options.guide.scope = scope_of(scope_options(options));
    options.guide.model = options.guide.scope->model;
    options.pages = options.guide.scope->pages;
}

smt::GuideResult search(const Options& options, Progress& progress) {
    const StopSignal stop;
    return smt::run_guide(options.guide, [&](const smt::GuideResult& now) {
        progress.show(now.steps, options.guide.ops, found_something(now.found.has_value()));
    });
}

int run_verb(Options options) {
    options.guide.stop = StopSignal::flag();
    try {
        choose_source(options);
    } catch (const std::runtime_error& error) {
        return bad_input("guide", options.format, error.what());
    }
    try {
        expect_directory(options.out);
        if (!options.guide.dump_dir.empty()) {
            expect_directory(options.guide.dump_dir);
            make_directory(options.guide.dump_dir);
        }
        Progress progress("guide", progress_style(options.progress));
        const smt::GuideResult result = search(options, progress);
        const double elapsed_s = progress.elapsed_s();
        progress.finish(result.steps);
        OutputErrors writing;
        if (options.format == "json")
            print_json(options, result, elapsed_s, writing);
        else
            print_text(options, result, writing);
        return writing.finish(exit_code(result));
    } catch (const std::system_error&) {  // standard output
        throw;
    } catch (const std::runtime_error& error) {  // an output that cannot be used, a scope without calls
        return bad_input("guide", options.format, error.what());
    }
}

}  // namespace

void add_guide(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("guide", "traces that the solver guides to what chance does not meet");
    const auto options = std::make_shared<Options>();
    smt::GuideOptions& guide = options->guide;
    add_seed_option(*verb, guide.seed);
    verb->add_option("--ops", options->ops,
                     "operations to perform on plain numbers (default 200000, with --scope ten million)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53));
    verb->add_option("--units", guide.units, "resource units of the solver (default: no limit)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53));
    verb->add_option("--case-ops", guide.case_ops,
                     "last operations of a random case that are run on traced numbers (default 8)")
        ->check(CLI::Range(1u, 24u));
    CLI::Option* scope = verb->add_option("--scope", options->scope,
                                          "draw the calls of a scope, and no others: a built-in one, or a TOML file");
    verb->add_option("--max-vmas", guide.limits.vmas, "VMAs in all processes, from which on they are taken away")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
        ->excludes(scope);
    verb->add_option("--pages", options->pages,
                     "size of the window that random addresses lie in (from 4, default 40), or of the scope's (to 16)")
        ->check(CLI::Range(least_pages, 100'000u));
    verb->add_option("--processes", guide.limits.processes, "at a time (default 3)")
        ->check(CLI::Range(1u, max_processes))
        ->excludes(scope);
    verb->add_option("--dump-smt2", guide.dump_dir, "directory for every question, as SMT-LIB 2");
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
