// vmacheck tour: traces that together take every transition of a scope.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/scope_options.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/exhaustive/tour.hpp"
#include "checker/report/progress.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/record_steps.hpp"
#include "checker/run/setup.hpp"
#include "model/state/world.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t most_transitions = 20'000'000;  // some 190 bytes each

struct Options : SearchOptions {
    ScopeOptions scope;  // with the model
    std::uint64_t trace_calls = 10'000;
    unsigned jobs = 0;
};

// One trace of the tour, with the result of each call.
Trace trace_of(const Search& search, const std::vector<std::uint32_t>& calls, std::size_t number, std::size_t count) {
    Trace trace;
    trace.header = TraceHeader(search.scope().setup);
    trace.header.made_by = "explore";
    trace.header.title = fmt::format("tour of scope {} with {}, part {} of {}", search.scope().name,
                                     plural(search.scope().pages, "page"), number, count);
    trace.header.expect = Expectation{};
    std::vector<Op<Plain>> ops;
    ops.reserve(calls.size());
    for (const std::uint32_t call : calls) ops.push_back(search.ops()[call].op);
    trace.steps = record_steps(*starting_world(search.scope()), ops);
    return trace;
}

void write_tour(const Options& options, const Search& search, const Tour& tour) {
    make_directory(options.out);
    for (std::size_t i = 0; i < tour.traces.size(); ++i)
        write_trace_to(fmt::format("{}/tour-{}-{}pages-{:04}.jsonl", options.out, search.scope().name,
                                   search.scope().pages, i + 1),
                       trace_of(search, tour.traces[i], i + 1, tour.traces.size()));
}

void print_tour(const Options& options, const Search& search, const ExploreResult& result, const Tour& tour,
                double elapsed_s, const OutputErrors& errors) {
    const double ratio =
        static_cast<double>(tour.calls) / static_cast<double>(std::max<std::uint64_t>(1, tour.transitions));
    if (options.json()) {
        print_search_json("tour", Verdict::holds, search.scope().setup,
                          {{"scope", search.scope().name},
                           {"pages", search.scope().pages},
                           {"states", result.states},
                           {"transitions", tour.transitions},
                           {"calls", tour.calls},
                           {"least_calls_and_traces", tour.least},
                           {"traces", tour.traces.size()},
                           {"findings", json::array()},
                           {"errors", errors.errors()},
                           {"digest", digest_text(result.digest)},
                           {"timing", json::object{{"elapsed_s", elapsed_s}}}});
        return;
    }
    fmt::print(
        "tour        {}: scope {}, {}: each of {} transitions between {} states in {} calls, {:.2f} a transition, and "
        "{}; "
        "no tour has fewer than {} of both together\n",
        model_name(search.scope().setup), search.scope().name, plural(search.scope().pages, "page"), tour.transitions,
        result.states, tour.calls, ratio, plural(tour.traces.size(), "trace"), tour.least);
    if (options.out.empty())
        fmt::print("next: {}\n", options.again.with({{"--out", "tour"}}));
    else
        fmt::print("next: {}\n", trace_command("replay", options.out));
}

// The scope breaks a property, so there is no tour.
Verdict report_finding(const Options& options, const Search& search, const Finding& finding) {
    const Verdict verdict = verdict_of(finding, true);
    if (options.json())
        print_search_json(
            "tour", verdict, search.scope().setup,
            {{"scope", search.scope().name}, {"property", finding.property()}, {"errors", json::array()}});
    print_error(fmt::format("tour: {}: {}; 'vmacheck explore' with the same scope shows how", finding.property(),
                            finding.text()));
    return verdict;
}

Verdict make_and_write(const Options& options, OutputErrors& errors) {
    ExploreOptions explore;
    explore.jobs = threads(options.jobs);
    Search search(scope_of(options.scope), explore);
    ProgressDisplay progress("tour", progress_style(options.progress), "states", true);
    const ExploreResult result = search.run([&](const Progress& now) { progress.show(now); });
    if (result.finding) return report_finding(options, search, *result.finding);
    const Tour tour = make_tour(explored_graph(search, result, most_transitions), options.trace_calls);
    progress.finish(tour.calls, "calls");
    if (!options.out.empty()) errors.attempt([&] { write_tour(options, search, tour); });
    print_tour(options, search, result, tour, progress.elapsed_s(), errors);
    return Verdict::holds;
}

int run_tour_verb(const Options& options) {
    return run_search_verb("tour", options, [&](OutputErrors& errors) { return make_and_write(options, errors); });
}

}  // namespace

void add_tour(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("tour", "traces that together take every transition of a scope");
    const auto options = std::make_shared<Options>();
    add_scope_options(verb, options->scope);
    verb.add_option("--out", options->out, "directory for the traces (default: only figures)");
    verb.add_option("--trace-calls", options->trace_calls, "length at which the next trace begins (default 10000)")
        .between(1, 900'000);
    add_jobs_option(verb, options->jobs);
    add_format_option(verb, options->format);
    add_progress_option(verb, options->progress);
    add_properties_option(verb);
    verb.callback([options, verb, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_tour_verb(*options); };
    });
}

}  // namespace vmacheck::cli
