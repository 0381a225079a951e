#include "checker/cli/verbs/explore_output.hpp"

#include "checker/cli/options/finding_output.hpp"
#include "checker/exhaustive/peer_fingerprint.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/setup.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/value.hpp>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

// Calls on a shortest path through the transition that reached the cell first.
std::size_t depth_of(const ExploreResult& result, ReachTable::Cell cell) {
    return result.depth_of(Predecessor::unpack(result.reach.first(cell)).parent) + 1;
}

// "1 2 6" of "import/1", "import/2", "import/6".
std::string numbers_of(const ExploreResult& result, std::string_view prefix) {
    std::string text;
    result.reach.each_reached([&](ReachTable::Cell, const std::string& name) {
        if (name.starts_with(prefix)) text += (text.empty() ? "" : " ") + name.substr(prefix.size());
    });
    return text.empty() ? "none" : text;
}

std::size_t count_of(const ExploreResult& result, std::string_view prefix) {
    std::size_t count = 0;
    result.reach.each_reached(
        [&](ReachTable::Cell, const std::string& name) { count += name.starts_with(prefix) ? 1 : 0; });
    return count;
}

// Which limit ended the search, as its option is called.
std::string_view limit_text(const std::string& stopped_by) {
    if (stopped_by == "signal") return "a signal";
    if (stopped_by == "states") return "--max-states";
    if (stopped_by == "memory") return "--mem";
    return stopped_by == "depth" ? "--depth" : "--time";
}

void print_coverage(const ExploreResult& result) {
    fmt::print("coverage    merge cases {}; a chain is imported in {}\n", numbers_of(result, "event/merge_case_"),
               numbers_of(result, "import/"));
    fmt::print("            {} events, {} (op, errno) cells, {} merge situations, {} failed allocations; {}\n",
               count_of(result, "event/"), count_of(result, "errno/"), count_of(result, "merge/"),
               count_of(result, "alloc/"), result.complete ? "no other is reachable in this scope" : "so far");
}

void print_cells(const ExploreResult& result) {
    result.reach.each_reached([&](ReachTable::Cell cell, const std::string& name) {
        fmt::print("  {:<44} depth {:>2}  {:>12} transitions\n", name, depth_of(result, cell),
                   result.reach.count(cell));
    });
}

void print_finding(const Finding& finding) {
    for (const Violation& each : finding.violations) fmt::print("found       {}: {}\n", each.property, each.text);
    fmt::print("            a shortest trace, {}: {}\n\n", plural(finding.trace.steps.size(), "operation"),
               finding.path);
    print_explanation(finding);
}

// The same without the limit that ended it; of a scope that was explored, what a page more would take.
std::string next_command(const ExploreVerb& verb, const Search& search, const ExploreResult& result) {
    if (result.stopped_by == "signal") return verb.again.with({});
    if (!result.complete) return verb.again.with({{std::string(limit_text(result.stopped_by)), {}}});
    const std::string pages = fmt::to_string(std::min(search.scope().pages + 1, most_pages));
    return verb.again.with({{"--scope", verb.scope.scope},
                            {"--pages", pages},
                            {"--estimate", ""},
                            {"--store", {}},
                            {"--cells", {}},
                            {"--traces", {}},
                            {"--graph", {}},
                            {"--serve", {}},
                            {"--port", {}},
                            {"--out", {}}});
}

json::array levels_json(const ExploreResult& result) {
    json::array levels;
    for (const LevelCounts& each : result.levels)
        levels.push_back(json::object{{"states", each.states}, {"transitions", each.transitions}});
    return levels;
}

json::object coverage_json(const ExploreResult& result) {
    json::object cells;
    result.reach.each_reached([&](ReachTable::Cell cell, const std::string& name) {
        cells[name] = json::object{{"transitions", result.reach.count(cell)}, {"depth", depth_of(result, cell)}};
    });
    return cells;
}

// An element for each violation of the step.
json::array findings_json(const ExploreResult& result) {
    json::array findings;
    if (!result.finding) return findings;
    for (const Violation& each : result.finding->violations) {
        json::object& finding = findings.emplace_back(finding_json(*result.finding)).as_object();
        finding["property"] = each.property;
        finding["text"] = each.text;
    }
    return findings;
}

// What the search took of each rank.
json::array ranks_json(const ExploreResult& result) {
    json::array ranks;
    for (const RankCosts& each : result.ranks)
        ranks.push_back(json::object{{"states", each.states},
                                     {"bytes", each.bytes},
                                     {"round_bytes", each.round_bytes},
                                     {"sent_bytes", each.sent_bytes},
                                     {"most_batch_bytes", each.most_batch_bytes},
                                     {"waited_s", static_cast<double>(each.waited_ms) / 1000},
                                     {"worked_s", static_cast<double>(each.worked_ms) / 1000}});
    return ranks;
}

// What each object begins with, after the model.
json::object opening(const Scope& scope) {
    return {{"scope", scope.name}, {"pages", scope.pages}};
}

}  // namespace

void print_explored(const ExploreVerb& verb, const Search& search, const ExploreResult& result, Verdict verdict) {
    const Scope& scope = search.scope();
    fmt::print("{:<11} {}: scope {}, {}, {} calls: {}, {}, depth {}\n", word(verdict), model_name(scope.setup),
               scope.name, plural(scope.pages, "page"), search.ops().size(), plural(result.states, "state"),
               plural(result.counts.transitions, "transition"), result.depth());
    if (!result.stopped_by.empty())
        fmt::print("stopped     by {}: every property held so far\n", limit_text(result.stopped_by));
    fmt::print("calls       {} made, {} failed; {} transitions lead back to where they start\n", result.counts.calls,
               result.counts.failing, result.counts.self_loops);
    if (verb.explore.expand.orbits && result.complete)
        fmt::print("stands for  {}, {}\n", plural(result.counts.orbit_states, "state"),
                   plural(result.counts.orbit_transitions, "transition"));
    print_coverage(result);
    if (verb.cells) print_cells(result);
    if (has_peer_lines(scope) && verb.fingerprint != "off" && result.complete)
        fmt::print("fingerprint {:016x}\n", result.counts.fingerprint);
    if (verb.explore.expand.hash_compact)
        fmt::print("omission    a state was taken for another with a probability below {:.2g}\n", result.omission);
    fmt::print("digest      {}\n", digest_text(result.digest));
    if (result.finding)
        print_finding(*result.finding);
    else
        fmt::print("next: {}\n", next_command(verb, search, result));
}

void print_explored_json(const ExploreVerb& verb, const Search& search, const ExploreResult& result, Verdict verdict,
                         const std::optional<Estimate>& estimate, double elapsed_s, const OutputErrors& errors) {
    const Scope& scope = search.scope();
    json::object object = opening(scope);
    const json::object rest{{"complete", result.complete},
                            {"stopped_by", result.stopped_by},
                            {"states", result.states},
                            {"transitions", result.counts.transitions},
                            {"calls", result.counts.calls},
                            {"failing", result.counts.failing},
                            {"self_loops", result.counts.self_loops},
                            {"depth", result.depth()},
                            {"levels", levels_json(result)},
                            {"coverage", coverage_json(result)},
                            {"findings", findings_json(result)},
                            {"errors", errors.errors()}};
    object.insert(rest.begin(), rest.end());
    if (has_peer_lines(scope) && verb.fingerprint != "off")
        object["fingerprint"] = fmt::format("{:016x}", result.counts.fingerprint);
    if (verb.explore.expand.orbits)
        object["stands_for"] =
            json::object{{"states", result.counts.orbit_states}, {"transitions", result.counts.orbit_transitions}};
    if (verb.explore.expand.hash_compact) object["omission_probability"] = result.omission;
    object["digest"] = digest_text(result.digest);
    json::object timing{
        {"elapsed_s", elapsed_s},
        {"transitions_per_s", elapsed_s > 0 ? static_cast<double>(result.counts.transitions) / elapsed_s : 0},
        {"bytes_per_state",
         static_cast<double>(result.bytes) / static_cast<double>(std::max<std::uint64_t>(1, result.states))},
        {"jobs", verb.explore.jobs},
        {"resumed_levels", result.resumed_levels}};
    if (!result.ranks.empty()) timing["ranks"] = ranks_json(result);
    if (estimate) timing["estimate"] = json::object{{"states", estimate->states}, {"seconds", estimate->seconds}};
    object["timing"] = timing;
    print_search_json("explore", verdict, scope.setup, object);
}

void print_estimate_json(const Scope& scope, const std::optional<Estimate>& estimate,
                         const std::optional<RankEstimate>& ranks) {
    json::object object = opening(scope);
    object["errors"] = json::array();
    if (estimate)
        object["estimate"] = json::object{{"states", estimate->states},
                                          {"transitions", estimate->transitions},
                                          {"bytes", estimate->bytes},
                                          {"seconds", estimate->seconds},
                                          {"basis", estimate->basis}};
    if (ranks)
        object["with_ranks"] = json::object{
            {"ranks", ranks->ranks}, {"states", ranks->states},           {"most_states", ranks->most_states},
            {"bytes", ranks->bytes}, {"batch_bytes", ranks->batch_bytes}, {"seconds", ranks->seconds}};
    print_search_json("explore", Verdict::undecided, scope.setup, object);
}

void print_reduction_json(const Scope& scope, const std::vector<std::string>& compared) {
    json::object object = opening(scope);
    object["compared"] = json::array(compared.begin(), compared.end());
    object["errors"] = json::array();
    print_search_json("explore", Verdict::holds, scope.setup, object);
}

}  // namespace vmacheck::cli
