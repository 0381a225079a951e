// vmacheck explore: all reachable states of a scope.
#include "checker/cli/verbs/explore_verb.hpp"

#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/properties_option.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/exhaustive/graph_output.hpp"
#include "checker/exhaustive/level_files.hpp"
#include "checker/exhaustive/reduction_check.hpp"
#include "checker/report/progress.hpp"
#include "checker/run/finding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::cli {
namespace {

// The trace says what is to break where it is replayed.
ToldFinding write_finding(const ExploreVerb& verb, const Search& search, const ExploreFinding& finding,
                          OutputErrors& writing) {
    ToldFinding told;
    const std::string& property = finding.violations.front().property;
    told.path = fmt::format("{}/{}-{}-{}pages.jsonl", verb.out, property, search.scope().name, search.scope().pages);
    told.trace = finding.trace;
    told.trace.header.title = fmt::format("{}: a shortest trace in scope {}", property, search.scope().name);
    if (property != internal_assertion_name) told.trace.header.expect = Expectation{true, property};
    writing.attempt([&] {
        make_directory(verb.out);
        write_trace_to(told.path, told.trace);
    });
    return told;
}

// "merge/6/anon/some/mprotect" becomes "merge-6-anon-some-mprotect.jsonl".
void write_cell_traces(const ExploreVerb& verb, const Search& search, const ExploreResult& result) {
    make_directory(verb.traces);
    for (ReachTable::Cell cell = 0; cell < result.reach.cells(); ++cell) {
        if (result.reach.count(cell) == 0) continue;
        const std::string name = ReachTable::name(cell);
        std::string file = name;
        std::replace(file.begin(), file.end(), '/', '-');
        Trace trace = search.trace_to(Predecessor::unpack(result.reach.first(cell)));
        trace.header.title = fmt::format("{}: a shortest trace in scope {}", name, search.scope().name);
        write_trace_to(fmt::format("{}/{}.jsonl", verb.traces, file), trace);
    }
}

std::string estimate_text(const Estimate& estimate) {
    return fmt::format("about {:.2g} states, {:.2g} transitions, {:.0f} MiB, {:.0f} s ({})", estimate.states,
                       estimate.transitions, estimate.bytes / 1048576, estimate.seconds, estimate.basis);
}

std::optional<Estimate> estimate_of(const ExploreVerb& verb, const Scope& scope) {
    return estimate_search(scope, verb.explore, [&](unsigned pages) {
        ScopeOptions smaller = verb.scope;
        smaller.pages = pages;
        return scope_of(smaller);
    });
}

// What a long run will take, told before it begins.
std::optional<Estimate> tell_estimate(const ExploreVerb& verb, const Scope& scope) {
    if (progress_style(verb.progress) == ProgressStyle::none) return std::nullopt;
    const std::optional<Estimate> estimate = estimate_of(verb, scope);
    if (estimate && estimate->seconds > 10) print_error("explore: " + estimate_text(*estimate));
    return estimate;
}

// --estimate. Without an estimate the question is undecided.
int estimate_scope(const ExploreVerb& verb, const Scope& scope) {
    const std::optional<Estimate> estimate = estimate_of(verb, scope);
    if (verb.format == "json")
        print_estimate_json(scope, estimate);
    else if (estimate)
        fmt::print("estimate    {}\n", estimate_text(*estimate));
    if (!estimate)
        print_error("explore: no estimate: the scope is small, or has no two smaller siblings to judge it by");
    return estimate ? exit_holds : exit_undecided;
}

ExploreResult run_search(Search& search, Progress& progress) {
    const StopSignal stop;
    return search.run([&](const ExploreProgress& now) {
        progress.show(now.expanded, now.states, fmt::format("at depth {}, {} transitions", now.depth, now.transitions));
    });
}

int explore_scope(const ExploreVerb& verb, const Scope& scope) {
    const std::optional<Estimate> estimate = tell_estimate(verb, scope);
    Search search(scope, verb.explore);
    Progress progress("explore", progress_style(verb.progress), "states", true);
    const ExploreResult result = run_search(search, progress);
    const double elapsed_s = progress.elapsed_s();
    progress.finish(result.counts.transitions, "transitions");
    std::optional<ToldFinding> told;
    OutputErrors writing;
    if (result.finding) told = write_finding(verb, search, *result.finding, writing);
    if (!verb.traces.empty()) writing.attempt([&] { write_cell_traces(verb, search, result); });
    if (!verb.graph.empty() && result.complete)
        writing.attempt([&] { write_graph(search, result, verb.graph); });
    else if (!verb.graph.empty())
        print_error("explore: " + verb.graph + " is not written: the search did not come to its end");
    if (verb.format == "json")
        print_explored_json(verb, search, result, told, estimate, elapsed_s, writing);
    else
        print_explored(verb, search, result, told);
    return writing.finish(exit_code(result));
}

int check_reduction_of(const ExploreVerb& verb, const Scope& scope) {
    std::vector<std::string> compared;
    const std::string wrong = check_reduction(scope, verb.explore, [&](const std::string& line) {
        compared.push_back(line);
        if (verb.format == "json") return;
        fmt::print("{}\n", line);
        std::fflush(stdout);
    });
    if (!wrong.empty()) throw InternalAssertion(wrong);
    if (verb.format == "json") print_reduction_json(scope, compared);
    return exit_holds;
}

int run_verb(ExploreVerb verb) {
    try {
        const Scope scope = scope_of(verb.scope);
        verb.explore.jobs = threads(verb.explore.jobs);
        verb.explore.limits.bytes = verb.mem_mib << 20;
        verb.explore.limits.stop = StopSignal::flag();
        verb.explore.expand.fingerprint = verb.fingerprint != "off";
        if (verb.check_reduction) return check_reduction_of(verb, scope);
        if (verb.estimate_only) return estimate_scope(verb, scope);
        expect_directory(verb.out);
        if (!verb.traces.empty()) expect_directory(verb.traces);
        if (!verb.graph.empty()) {
            expect_graph_path(verb.graph);
            expect_file(verb.graph);
        }
        if (!verb.graph.empty() && verb.explore.expand.hash_compact)
            throw std::runtime_error("--graph needs the states themselves; leave out --hash-compact");
        return explore_scope(verb, scope);
    } catch (const std::runtime_error& error) {  // a scope, a store, an output that cannot be used
        return bad_input("explore", verb.format, error.what());
    }
}

void add_limits(CLI::App& app, ExploreVerb& verb) {
    ExploreLimits& limits = verb.explore.limits;
    app.add_option("--max-states", limits.states, "end as undecided beyond so many states")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
    app.add_option("--mem", verb.mem_mib, "end as undecided where the states take more MiB")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30));
    app.add_option("--depth", limits.depth, "end as undecided after so many calls")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30));
    add_time_option(app, limits.seconds, "end as undecided after so many seconds");
}

}  // namespace

void add_explore(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("explore", "all reachable states of a scope, every property on each");
    const auto options = std::make_shared<ExploreVerb>();
    ExpandOptions& expand = options->explore.expand;
    add_scope_options(*verb, options->scope);
    add_jobs_option(*verb, options->explore.jobs);
    add_limits(*verb, *options);
    verb->add_option("--store", options->explore.store,
                     "directory that keeps each level, so that a run that was killed goes on");
    verb->add_flag("--keep-shape", expand.reduction.keep_shape, "trees of another shape are another state");
    verb->add_flag("--hash-compact", expand.hash_compact, "keep 64 bits of hash of each state instead of the state");
    verb->add_flag("--every-property", expand.every_property, "all of them after each call, also of what is unchanged");
    verb->add_option("--fingerprint", options->fingerprint, "of the scope peer: auto, on or off")
        ->check(CLI::IsMember({"auto", "on", "off"}));
    verb->add_flag("--cells", options->cells, "list the coverage cells that are reachable, with their depth");
    verb->add_option("--traces", options->traces, "directory for a shortest trace to each cell");
    verb->add_option("--graph", options->graph, "file for the graph of a small scope, .dot or .json");
    verb->add_flag("--check-reduction", options->check_reduction,
                   "compare the canonical states with a search that leaves nothing out, also with each fault");
    verb->add_flag("--estimate", options->estimate_only, "only tell what the run would take");
    verb->add_option("--out", options->out, "directory that findings are written to (default findings)");
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
