// vmacheck explore: all reachable states of a scope.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/verbs/explore_output.hpp"
#include "checker/cli/verbs/explore_serve.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/exhaustive/graph_output.hpp"
#include "checker/exhaustive/level_files.hpp"
#include "checker/exhaustive/mpi_module.hpp"
#include "checker/exhaustive/reduction_check.hpp"
#include "checker/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace vmacheck::cli {
namespace {

void write_finding(const ExploreVerb& verb, const Scope& scope, Finding& finding, OutputErrors& errors) {
    finding.path = fmt::format("{}/{}-{}-{}pages.jsonl", verb.out, finding.property(), scope.name, scope.pages);
    errors.attempt([&] {
        make_directory(verb.out);
        write_trace_to(finding.path, finding.trace);
    });
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

std::string rank_text(const RankEstimate& each) {
    return fmt::format("{} ranks: {:.2g} states on each, at most {:.2g}, {:.0f} MiB, {:.0f} s; batches of {:.1f} KiB",
                       each.ranks, each.states, each.most_states, each.bytes / 1048576, each.seconds,
                       each.batch_bytes / 1024);
}

// Of the ranks that search, or that are asked about.
std::optional<RankEstimate> estimate_of_ranks(const ExploreVerb& verb, const Scope& scope,
                                              const std::optional<Estimate>& estimate) {
    const unsigned ranks = verb.ranks != 0                 ? verb.ranks
                           : verb.explore.ranks != nullptr ? verb.explore.ranks->size()
                                                           : 1;
    if (!estimate || ranks == 1) return std::nullopt;
    return estimate_ranks(*estimate, scope_ops(scope).size(), ranks);
}

std::optional<Estimate> estimate_of(const ExploreVerb& verb, const Scope& scope) {
    ExploreOptions alone = verb.explore;
    alone.ranks = nullptr;
    return estimate_search(scope, alone, [&](unsigned pages) {
        ScopeOptions smaller = verb.scope;
        smaller.pages = pages;
        return scope_of(smaller);
    });
}

// What a long run will take, printed before it begins.
std::optional<Estimate> print_estimate(const ExploreVerb& verb, const Scope& scope) {
    if (progress_style(verb.progress) == ProgressStyle::none) return std::nullopt;
    const std::optional<Estimate> estimate = estimate_of(verb, scope);
    if (!estimate || estimate->seconds <= 10) return estimate;
    print_error("explore: " + estimate_text(*estimate));
    if (const auto ranks = estimate_of_ranks(verb, scope, estimate)) print_error("explore: " + rank_text(*ranks));
    return estimate;
}

// --estimate. Without an estimate the question is undecided.
Verdict estimate_scope(const ExploreVerb& verb, const Scope& scope) {
    const std::optional<Estimate> estimate = estimate_of(verb, scope);
    const std::optional<RankEstimate> ranks = estimate_of_ranks(verb, scope, estimate);
    if (verb.json())
        print_estimate_json(scope, estimate, ranks);
    else if (estimate)
        fmt::print("estimate    {}\n", estimate_text(*estimate));
    if (!verb.json() && ranks) fmt::print("            {}\n", rank_text(*ranks));
    if (!estimate)
        print_error("explore: no estimate: the scope is small, or has no two smaller siblings to judge it by");
    return estimate ? Verdict::holds : Verdict::undecided;
}

Verdict explore_scope(const ExploreVerb& verb, const Scope& scope, OutputErrors& errors) {
    const std::optional<Estimate> estimate = print_estimate(verb, scope);
    SearchWatch watch;
    ExploreOptions options = verb.explore;
    if (verb.serve) options.watch = [&watch](const SearchSoFar& now) { watch.show(now); };
    Search search(scope, options);
    ProgressDisplay progress("explore", progress_style(verb.progress), "states", true);
    double elapsed_s = 0;
    const auto run = [&] {
        ExploreResult result = search.run([&](const Progress& now) { progress.show(now); });
        elapsed_s = progress.elapsed_s();
        progress.finish(result.counts.transitions, "transitions");
        if (result.finding) write_finding(verb, search.scope(), *result.finding, errors);
        return result;
    };
    ExploreResult result = [&] {
        const StopSignal stop;
        return verb.serve ? serve_while(verb, search, watch, run) : run();
    }();
    if (!verb.traces.empty()) errors.attempt([&] { write_cell_traces(verb, search, result); });
    if (!verb.graph.empty() && result.complete)
        errors.attempt([&] { write_graph(search, result, verb.graph); });
    else if (!verb.graph.empty())
        print_error("explore: " + verb.graph + " is not written: the search did not come to its end");
    const Verdict verdict = verdict_of(result.finding, result.complete);
    if (verb.json())
        print_explored_json(verb, search, result, verdict, estimate, elapsed_s, errors);
    else
        print_explored(verb, search, result, verdict);
    return verdict;
}

Verdict check_reduction_of(const ExploreVerb& verb, const Scope& scope) {
    std::vector<std::string> compared;
    const std::string wrong = check_reduction(scope, verb.explore, [&](const std::string& line) {
        compared.push_back(line);
        if (verb.json()) return;
        fmt::print("{}\n", line);
        std::fflush(stdout);
    });
    if (!wrong.empty()) throw InternalAssertion(wrong);
    if (verb.json()) print_reduction_json(scope, compared);
    return Verdict::holds;
}

void expect_usable(const ExploreVerb& verb) {
    if (verb.port != 0 && !verb.serve) throw OutputError("--port is that of a page; add --serve");
    if (!verb.traces.empty()) expect_directory(verb.traces);
    if (verb.graph.empty()) return;
    expect_graph_path(verb.graph);
    expect_file(verb.graph);
    if (verb.explore.expand.hash_compact)
        throw OutputError("--graph needs the states themselves; leave out --hash-compact");
    if (verb.explore.expand.orbits) throw OutputError("--graph needs every state; leave out --reduce");
}

void expect_possible_with_ranks(const ExploreVerb& verb) {
    if (!verb.graph.empty()) throw OutputError("--graph needs all states in one process; leave out --mpi");
    if (verb.check_reduction) throw OutputError("--check-reduction is a search of one process; leave out --mpi");
}

// A rank that does not come to its search, or leaves it by an exception, ends all.
class RanksEndTogether {
public:
    explicit RanksEndTogether(Ranks* ranks) : ranks_(ranks) {}
    ~RanksEndTogether() {
        if (ranks_ != nullptr) ranks_->fail("the search did not begin", false);
    }
    RanksEndTogether(const RanksEndTogether&) = delete;
    RanksEndTogether& operator=(const RanksEndTogether&) = delete;

private:
    Ranks* ranks_;
};

// On a rank that is not the first: the search alone. What it comes to is for rank 0 to say.
int search_as_later_rank(const ExploreVerb& verb) {
    if (verb.estimate_only) return exit_code(Verdict::holds);
    const RanksEndTogether together(verb.explore.ranks);
    try {
        const Scope scope = scope_of(verb.scope);
        const StopSignal stop;
        Search(scope, verb.explore).run();
    } catch (const InternalAssertion&) {
        return exit_code(Verdict::internal);
    } catch (const std::runtime_error&) {
        return exit_code(Verdict::bad_input);
    }
    return exit_code(Verdict::holds);
}

int run_explore_verb(ExploreVerb verb) {
    std::unique_ptr<Ranks> ranks;
    if (verb.mpi) {
        const int refused = run_verb("explore", verb.format, [&] {
            expect_possible_with_ranks(verb);
            ranks = mpi_ranks();
            return 0;
        });
        if (refused != 0) return refused;
        verb.explore.ranks = ranks.get();
        if (verb.explore.jobs == 0) verb.explore.jobs = 1;  // a rank a processor
    }
    verb.explore.jobs = threads(verb.explore.jobs);
    verb.explore.limits.bytes = verb.mem_mib << 20;
    verb.explore.limits.stop = StopSignal::flag();
    verb.explore.expand.fingerprint = verb.fingerprint != "off";
    if (ranks && ranks->rank() != 0) return search_as_later_rank(verb);
    const bool searches = !verb.check_reduction && !verb.estimate_only;
    if (!searches) verb.out.clear();  // nothing is written
    const RanksEndTogether together(searches ? ranks.get() : nullptr);
    return run_search_verb("explore", verb, [&](OutputErrors& errors) {
        const Scope scope = scope_of(verb.scope);
        if (verb.check_reduction) return check_reduction_of(verb, scope);
        if (verb.estimate_only) return estimate_scope(verb, scope);
        expect_usable(verb);
        return explore_scope(verb, scope, errors);
    });
}

void add_limits(const Command& app, ExploreVerb& verb) {
    ExploreLimits& limits = verb.explore.limits;
    app.add_option("--max-states", limits.states, "end as undecided beyond so many states")
        .between(1, std::uint64_t{1} << 40);
    app.add_option("--mem", verb.mem_mib, "end as undecided where the states take more MiB")
        .between(1, std::uint64_t{1} << 30);
    app.add_option("--depth", limits.depth, "end as undecided after so many calls").between(1, std::uint64_t{1} << 30);
    add_time_option(app, limits.seconds, "end as undecided after so many seconds");
}

}  // namespace

void add_explore(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("explore", "all reachable states of a scope, every property on each");
    const auto options = std::make_shared<ExploreVerb>();
    ExpandOptions& expand = options->explore.expand;
    add_scope_options(verb, options->scope);
    add_jobs_option(verb, options->explore.jobs);
    add_limits(verb, *options);
    verb.add_option("--store", options->explore.store,
                    "directory that keeps each level, so that a run that was killed can continue");
    verb.add_flag("--keep-shape", expand.reduction.keep_shape, "trees of another shape are another state");
    verb.add_flag("--reduce", expand.orbits,
                  "states that differ only in the names of processes and of equal files are one");
    verb.add_flag("--hash-compact", expand.hash_compact, "keep 64 bits of hash of each state instead of the state");
    verb.add_flag("--every-property", expand.every_property, "all of them after each call, also of what is unchanged");
    verb.add_option("--fingerprint", options->fingerprint, "of the scope peer: auto, on or off")
        .one_of({"auto", "on", "off"});
    verb.add_flag("--cells", options->cells, "list the coverage cells that are reachable, with their depth");
    verb.add_option("--traces", options->traces, "directory for a shortest trace to each cell");
    verb.add_option("--graph", options->graph, "file for the graph of a small scope, .dot or .json");
    const Option check =
        verb.add_flag("--check-reduction", options->check_reduction,
                      "compare the canonical states with a search that leaves nothing out, also with each fault");
    const Option estimate = verb.add_flag("--estimate", options->estimate_only, "print the estimated cost and exit");
    verb.add_option("--ranks", options->ranks, "with --estimate: also for so many processes that search with --mpi")
        .between(1u, most_ranks);
    const Option mpi =
        verb.add_flag("--mpi", options->mpi,
                      "search together with the other processes that mpirun or srun started with this command");
    verb.add_flag("--serve", options->serve,
                  "a page for a browser on this machine, on the states and their calls, until Ctrl-C")
        .excludes(check)
        .excludes(estimate)
        .excludes(mpi);
    verb.add_option("--port", options->port, "of the page, on 127.0.0.1 (default one that is free)").between(1, 65535);
    add_out_option(verb, options->out, "findings");
    add_format_option(verb, options->format);
    add_progress_option(verb, options->progress);
    add_properties_option(verb);
    verb.callback([options, verb, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_explore_verb(*options); };
    });
}

}  // namespace vmacheck::cli
