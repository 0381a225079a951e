// vmacheck guide: exploration that the solver guides, every property after each step, the first finding minimised.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/scope_options.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/progress.hpp"
#include "checker/run/setup.hpp"
#include "checker/smt/guide.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options : SearchOptions {
    smt::GuideOptions guide;
    ModelOptions model;
    std::optional<std::string> scope;  // none: cases of the random engine
    unsigned pages = 0;                // 0: the default
    std::uint64_t ops = 0;             // 0: the default
};

Minimised minimise_found(const Options& options, const Finding& found, OutputErrors& errors) {
    return minimise_into(options.out, fmt::format("{}-guide-seed{}.jsonl", found.property(), options.guide.seed), found,
                         errors);
}

ScopeOptions scope_options(const Options& options) {
    return {options.scope.value_or(""), options.pages, options.model};
}

void print_text(const Options& options, const smt::GuideResult& result, Verdict verdict, OutputErrors& errors) {
    const Coverage& coverage = result.coverage;
    fmt::print("{:<11} {}, seed {}: {} in {}, {} of them with solved numbers, every property after each\n",
               word(verdict), model_name(options.guide.setup), options.guide.seed, plural(result.steps, "step"),
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
    fmt::print("digest      {}\n", digest_text(result.digest));
    if (result.found) {
        print_found(*result.found);
        print_minimised(minimise_found(options, *result.found, errors).finding);
        return;
    }
    // Another seed; one that was stopped is begun again.
    const std::uint64_t seed = options.guide.seed + (result.complete ? 1 : 0);
    fmt::print("next: {}\n", options.again.with({{"--seed", fmt::to_string(seed)}}));
}

void print_json(const Options& options, const smt::GuideResult& result, Verdict verdict, double elapsed_s,
                OutputErrors& errors) {
    json::array findings;
    if (result.found) {
        json::object& finding =
            findings.emplace_back(finding_json(minimise_found(options, *result.found, errors).finding)).as_object();
        finding["found_ops"] = result.found->trace.steps.size();
    }
    const auto rate = [&](std::uint64_t count) { return elapsed_s > 0 ? static_cast<double>(count) / elapsed_s : 0; };
    json::object cells;
    if (result.reach)
        result.reach->each_reached([&](ReachTable::Cell cell, const std::string& name) {
            cells[name] = json::object{{"transitions", result.reach->count(cell)}, {"step", result.reach->first(cell)}};
        });
    json::object fields{{"seed", options.guide.seed},
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
                        {"errors", errors.errors()},
                        {"digest", digest_text(result.digest)},
                        {"timing", json::object{{"elapsed_s", elapsed_s},
                                                {"steps_per_s", rate(result.steps)},
                                                {"answers_per_s", rate(result.solver.queries)}}}};
    if (result.reach) {
        fields["scope"] = options.guide.scope->name;
        fields["pages"] = options.guide.scope->pages;
        fields["cells"] = std::move(cells);
    }
    print_search_json("guide", verdict, options.guide.setup, fields);
}

// What random operations are drawn from. Throws std::runtime_error with one line.
void choose_source(Options& options) {
    constexpr std::uint64_t ops_in_scope = 10'000'000;  // enough for every cell of the built-in scopes
    if (options.ops != 0)
        options.guide.ops = options.ops;
    else if (options.scope)
        options.guide.ops = ops_in_scope;
    if (!options.scope) {
        apply_model_options(options.model, options.guide.setup);
        if (options.pages != 0) options.guide.limits.pages = options.pages;
        if (options.guide.limits.pages < 4) throw std::runtime_error("--pages: at least 4 without --scope");
        return;
    }
    if (options.pages > most_pages)
        throw std::runtime_error(fmt::format("--pages: a scope has at most {}", most_pages));
    options.guide.scope = scope_of(scope_options(options));
    options.guide.setup = options.guide.scope->setup;
    options.pages = options.guide.scope->pages;
}

int run_guide_verb(Options options) {
    options.guide.stop = StopSignal::flag();
    options.guide.dump_dir = options.dump_dir;
    return run_search_verb("guide", options, [&](OutputErrors& errors) {
        choose_source(options);
        const auto search = [&](const OnProgress& progress) { return smt::run_guide(options.guide, progress); };
        return search_by_cases("guide", options, search, print_text, print_json, errors);
    });
}

}  // namespace

void add_guide(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("guide", "random cases, alternating with traces whose numbers a solver chose");
    const auto options = std::make_shared<Options>();
    smt::GuideOptions& guide = options->guide;
    add_seed_option(verb, guide.seed);
    verb.add_option("--ops", options->ops,
                    "operations to perform on plain numbers (default 200000, with --scope ten million)")
        .between(1, std::uint64_t{1} << 53);
    verb.add_option("--units", guide.units, "resource units of the solver (default: no limit)")
        .between(1, std::uint64_t{1} << 53);
    verb.add_option("--case-ops", guide.case_ops,
                    "last operations of a random case that are run on traced numbers (default 8)")
        .between(1u, 24u);
    const Option scope = verb.add_option("--scope", options->scope,
                                         "draw the calls of a scope, and no others: a built-in one, or a TOML file");
    verb.add_option("--max-vmas", guide.limits.vmas, "soft limit on VMAs; above it only unmapping calls are generated")
        .between(1, 100'000)
        .excludes(scope);
    verb.add_option("--pages", options->pages,
                    "size of the window that random addresses lie in (from 4, default 40), or of the scope's (to 16)")
        .between(least_pages, 100'000u);
    verb.add_option("--processes", guide.limits.processes, "at a time (default 3)")
        .between(1u, max_processes)
        .excludes(scope);
    add_dump_option(verb, options->dump_dir);
    add_search_options(verb, *options, options->model);
    verb.callback([options, verb, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_guide_verb(*options); };
    });
}

}  // namespace vmacheck::cli
