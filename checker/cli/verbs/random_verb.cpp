// vmacheck random: random operations, every property after each, the first finding minimised.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/random/engine.hpp"
#include "checker/report/progress.hpp"
#include "checker/run/setup.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options : SearchOptions {
    RandomOptions random;
    ModelOptions model;
};

Minimised minimise_found(const Options& options, const Finding& found, OutputErrors& errors) {
    const std::string name =
        fmt::format("{}-seed{}-case{}.jsonl", found.property(), options.random.seed, found.origin.number);
    return minimise_into(options.out, name, found, errors);
}

void print_text(const Options& options, const RandomResult& result, Verdict verdict, OutputErrors& errors) {
    const Coverage& coverage = result.coverage;
    fmt::print("{:<11} {}, seed {}: {} in {}, every property after each\n", word(verdict),
               model_name(options.random.setup), options.random.seed, plural(result.steps, "step"),
               plural(result.cases, "case"));
    if (!result.complete) fmt::print("stopped     by a signal: every property held so far\n");
    fmt::print("coverage    {} of {} events, {} (op, errno) cells, {} of {} allocations failed\n",
               coverage.events_reached(), coverage.events.size(), coverage.outcomes_reached(),
               coverage.failed_allocations_reached(), coverage.failed_allocations.size());
    fmt::print("digest      {}\n", digest_text(result.digest));
    if (result.found) {
        print_found(*result.found);
        print_minimised(minimise_found(options, *result.found, errors).finding);
        return;
    }
    // Another seed; one that was stopped is begun again.
    const std::uint64_t seed = options.random.seed + (result.complete ? 1 : 0);
    fmt::print("next: {}\n", options.again.with({{"--seed", fmt::to_string(seed)}}));
}

void print_json(const Options& options, const RandomResult& result, Verdict verdict, double elapsed_s,
                OutputErrors& errors) {
    json::array findings;
    const ProgressDisplay clock("minimise", ProgressStyle::none);
    if (result.found) {
        json::object& finding =
            findings.emplace_back(finding_json(minimise_found(options, *result.found, errors).finding)).as_object();
        finding["case"] = result.found->origin.number;
        finding["found_ops"] = result.found->trace.steps.size();
    }
    const double minimise_s = result.found ? clock.elapsed_s() : 0;
    print_search_json(
        "random", verdict, options.random.setup,
        {{"seed", options.random.seed},
         {"complete", result.complete},
         {"ops", options.random.ops},
         {"steps", result.steps},
         {"cases", result.cases},
         {"coverage", to_json(result.coverage)},
         {"findings", findings},
         {"errors", errors.errors()},
         {"digest", digest_text(result.digest)},
         {"timing", json::object{{"elapsed_s", elapsed_s},
                                 {"steps_per_s", elapsed_s > 0 ? static_cast<double>(result.steps) / elapsed_s : 0},
                                 {"minimise_s", minimise_s},
                                 {"jobs", options.random.jobs}}}});
}

int run_random_verb(Options options) {
    apply_model_options(options.model, options.random.setup);
    options.random.jobs = threads(options.random.jobs);
    options.random.stop = StopSignal::flag();
    return run_search_verb("random", options, [&](OutputErrors& errors) {
        const auto search = [&](const OnProgress& progress) { return run_random(options.random, progress); };
        return search_by_cases("random", options, search, print_text, print_json, errors);
    });
}

}  // namespace

void add_random(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("random", "random operations, every property after each; a finding is minimised");
    const auto options = std::make_shared<Options>();
    RandomOptions& random = options->random;
    add_seed_option(verb, random.seed);
    verb.add_option("--ops", random.ops, "operations to perform (default 1000000)").between(1, std::uint64_t{1} << 53);
    add_jobs_option(verb, random.jobs);
    verb.add_option("--max-vmas", random.limits.vmas, "soft limit on VMAs; above it only unmapping calls are generated")
        .between(1, 100'000);
    verb.add_option("--pages", random.limits.pages, "size of the window that addresses lie in (default 40)")
        .between(4u, 100'000u);
    verb.add_option("--processes", random.limits.processes, "at a time (default 3)").between(1u, max_processes);
    add_search_options(verb, *options, options->model);
    verb.callback([options, verb, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_random_verb(*options); };
    });
}

}  // namespace vmacheck::cli
