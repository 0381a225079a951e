#include "checker/report/campaign_report.hpp"

#include "checker/campaign/causes.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/model_runner.hpp"
#include "checker/run/setup.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <filesystem>

namespace vmacheck {
namespace {

namespace json = boost::json;

constexpr std::size_t named_cells = 12;  // open or undeclared, in text

constexpr std::size_t named_shards = 8;

// "units are missing: shards 1/4, 3/4; 13 of 25 of shard 4/4".
std::string missing_units(const std::vector<ShardState>& shards) {
    if (shards.size() == 1) return fmt::format("units are missing: {} of {}", shards[0].missing, shards[0].units);
    std::vector<std::string> whole;
    std::vector<std::string> parts;
    for (const ShardState& each : shards) {
        if (each.missing == 0) continue;
        if (each.missing == each.units)
            whole.push_back(each.shard.name());
        else
            parts.push_back(fmt::format("{} of {} of shard {}", each.missing, each.units, each.shard.name()));
    }
    const auto joined = [](std::vector<std::string>& names) {
        const std::size_t more = names.size() > named_shards ? names.size() - named_shards : 0;
        names.resize(names.size() - more);
        return fmt::format("{}{}", fmt::join(names, ", "), more == 0 ? "" : fmt::format(" and {} more", more));
    };
    std::string text = "units are missing: ";
    const bool several = whole.size() != 1;
    if (!whole.empty()) text += fmt::format("shard{} {}", several ? "s" : "", joined(whole));
    if (!parts.empty()) text += (whole.empty() ? "" : "; ") + joined(parts);
    return text;
}

// Those the report is about: one, or all.
std::vector<ShardState> shards_of(Results& results, const Shard& shard) {
    if (shard.count == 1) return results.shards(results.shard_count());
    return {results.shards(shard.count).at(shard.index)};
}

void decide(CampaignReport& report) {
    const auto counts = [](const ReportedFinding& each) { return each.accepted.empty(); };
    const auto violates = [&](const ReportedFinding& each) { return counts(each) && !each.finding().is_difference(); };
    const bool found = std::any_of(report.findings.begin(), report.findings.end(), counts);
    const bool violated = std::any_of(report.findings.begin(), report.findings.end(), violates);
    const bool internal = std::any_of(report.findings.begin(), report.findings.end(),
                                      [](const ReportedFinding& each) { return each.finding().is_internal(); });
    // A bug that was put back may well do what the repaired kernel cannot.
    const bool repaired = report.config.setup.faults.empty() && !report.config.setup.shipped;
    const bool whole = report.shard.count == 1;
    const std::size_t open = report.grid.count(CellState::open);
    if (internal) {
        report.verdict = Verdict::internal;
    } else if (found) {
        report.verdict = violated ? Verdict::violated : Verdict::differs;
    } else if (repaired && report.grid.count(CellState::undeclared) != 0) {
        report.verdict = Verdict::internal;
        report.because = "cells were reached that the grid calls unreachable or does not have";
    } else if (!report.complete) {
        report.verdict = Verdict::undecided;
    } else if (whole && report.config.wants_every_cell() && open != 0) {
        report.verdict = Verdict::undecided;
        report.because = plural(open, "cell") + " open, and such a campaign must reach every cell";
    }
    if (report.because.empty()) report.because = report.missing;
}

void add_cells(std::string& text, const CampaignReport& report) {
    const auto part = [&](std::string_view group, std::string_view what) {
        const auto [reached, all] = report.grid.reached_of(group);
        return fmt::format("{} {} of {}", what, reached, all);
    };
    text += fmt::format("coverage    {}, {}, {}, {}\n", part("event", "events"), part("errno", "errnos of operations"),
                        part("alloc", "failed allocations"), part("merge", "merge situations"));
    text += fmt::format("            {} unreachable, each for a stated reason; {} open\n",
                        plural(report.grid.count(CellState::unreachable), "cell"), report.grid.count(CellState::open));
    // Where something was found, cases end early, and much stays open.
    if (!report.findings.empty()) return;
    for (const CellState state : {CellState::open, CellState::undeclared}) {
        const auto cells = report.grid.in(state);
        for (std::size_t i = 0; i < std::min(cells.size(), named_cells); ++i)
            text += fmt::format("{:<11} {}{}\n", name(state), cells[i]->name,
                                cells[i]->reason.empty() ? "" : ": " + cells[i]->reason);
        if (cells.size() > named_cells) text += fmt::format("            and {} more\n", cells.size() - named_cells);
    }
}

// Others of the cause that a finding stands for: "also by munmap: page-map, in 3 cases; 2 operations: PATH".
void add_others(std::string& text, const CampaignReport& report, std::size_t cause) {
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const ReportedFinding& each = report.findings[i];
        if (each.cause != cause || i == cause || !each.is_shown()) continue;
        const Finding& found = each.finding();
        text += fmt::format("            also by {}: {}, in {}; {}: {}\n", found.last_op(), found.property(),
                            plural(each.stored.times, "case"), plural(each.ops(), "operation"), found.path);
    }
}

void add_findings(std::string& text, const CampaignReport& report) {
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const ReportedFinding& each = report.findings[i];
        if (!each.is_shown()) {
            ++left_out;
            continue;
        }
        if (each.cause != i) continue;
        const Finding& found = each.finding();
        text += fmt::format("{:<11} {}: {}: {}\n", each.accepted.empty() ? "found" : "accepted", found.origin.unit,
                            found.property(), found.text());
        text += fmt::format("            in {}; {}: {}\n", plural(each.stored.times, "case"),
                            plural(each.ops(), "operation"), found.path);
        if (!each.accepted.empty()) text += fmt::format("            because {}\n", each.accepted);
        add_others(text, report, i);
    }
    if (left_out != 0) text += fmt::format("            and {} of other kinds\n", plural(left_out, "finding"));
    for (const Accepted& each : report.not_met)
        text += fmt::format("not met     {}{} is accepted, and did not occur\n", each.property,
                            each.op.empty() ? "" : " on " + each.op);
}

// All that the last step of a minimised trace breaks, with the headline of that: what was searched for may be only one of
// several properties.
void name_all_broken(Finding& found, const TraceRunner& runner) {
    if (found.is_difference()) return;
    RunResult run = runner(found.trace);
    if (!run) return;  // results of another version
    const std::string before = found.property();
    found.violations = std::move(run.violations);
    TraceHeader& header = found.trace.header;
    if (!found.is_internal()) header.expect = Expectation{true, found.property()};
    if (header.title.ends_with(before))
        header.title.replace(header.title.size() - before.size(), before.size(), found.property());
}

// Accepted ones, and those that are not shown, stand alone.
void set_causes(std::vector<ReportedFinding>& findings) {
    std::vector<const Finding*> shown;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        findings[i].cause = i;
        if (!findings[i].accepted.empty() || !findings[i].is_shown()) continue;
        shown.push_back(&findings[i].finding());
        places.push_back(i);
    }
    const std::vector<std::size_t> causes = causes_of(shown);
    for (std::size_t i = 0; i < places.size(); ++i) findings[places[i]].cause = places[causes[i]];
}

}  // namespace

std::uint64_t CampaignReport::steps() const {
    std::uint64_t sum = 0;
    for (const EngineTotal& each : totals) sum += each.steps;
    return sum;
}

std::uint64_t CampaignReport::cases() const {
    return cases_of(random_engine);
}

std::uint64_t CampaignReport::guided() const {
    return cases_of(guide_engine);
}

std::uint64_t CampaignReport::replayed() const {
    return cases_of(corpus_engine);
}

std::uint64_t CampaignReport::known() const {
    return cases_of(traces_engine);
}

std::uint64_t CampaignReport::cases_of(std::string_view engine) const {
    for (const EngineTotal& each : totals)
        if (each.name == engine) return each.cases;
    return 0;
}

namespace {

// "merge-case4-file" of traces/corpus/merge/case4-file.jsonl, where traces/corpus is a root; of a root itself, its own name.
std::string name_below_roots(const std::string& path, const std::vector<std::string>& roots) {
    std::string name = std::filesystem::path(path).stem().string();
    for (const std::string& root : roots) {
        const std::string below = std::filesystem::path(path).lexically_relative(root).replace_extension().string();
        if (!below.empty() && below != "." && !below.starts_with("..")) name = below;
    }
    std::replace(name.begin(), name.end(), '/', '-');
    return name;
}

// Of findings that are the same once they are minimised the shortest stays, at the first one's place, and counts for all.
void join_equal(std::vector<ReportedFinding>& findings) {
    std::vector<ReportedFinding> joined;
    for (ReportedFinding& each : findings) {
        const auto same = [&](const ReportedFinding& other) {
            return other.finding().key() == each.finding().key() && other.accepted == each.accepted &&
                   other.is_shown() && each.is_shown();
        };
        const auto at = std::find_if(joined.begin(), joined.end(), same);
        if (at == joined.end()) {
            joined.push_back(std::move(each));
            continue;
        }
        const std::uint64_t times = at->stored.times + each.stored.times;
        if (each.finding().trace.steps.size() < at->finding().trace.steps.size()) *at = std::move(each);
        at->stored.times = times;
    }
    findings = std::move(joined);
}

}  // namespace

std::string path_of(const Finding& finding, const CampaignConfig& config) {
    const Origin& origin = finding.origin;
    if (origin.engine == corpus_engine) return origin.unit;
    std::string key = finding.key();
    std::replace(key.begin(), key.end(), '/', '-');
    if (origin.engine == traces_engine)
        return fmt::format("{}/{}-{}.jsonl", config.out, key, name_below_roots(origin.unit, config.traces));
    const std::string_view what = origin.engine == guide_engine ? "session" : "case";
    return fmt::format("{}/{}-seed{}-{}{}.jsonl", config.out, key, config.seed, what, origin.number);
}

CampaignReport make_report(Results& results, const CampaignConfig& config, const Shard& shard,
                           const Baseline& baseline) {
    CampaignReport report;
    report.id = results.id();
    report.config = config;
    report.shard = shard;
    report.totals = results.totals();
    report.grid = fill_grid(results.cells(), *profile_named(config.setup.profile));
    report.digest = results.digest();
    const TraceRunner runner = model_runner();
    std::vector<bool> met(baseline.size());
    for (StoredFinding& each : results.findings()) {
        ReportedFinding finding;
        if (each.minimised) {
            name_all_broken(*each.minimised, runner);
            each.minimised->path = path_of(*each.minimised, config);
        }
        // As it is shown, or as it was found.
        for (std::size_t i = 0; i < baseline.size(); ++i) {
            if (!baseline[i].covers(each.shown().key()) && !baseline[i].covers(each.found.key())) continue;
            met[i] = true;
            finding.accepted = baseline[i].because;
        }
        finding.stored = std::move(each);
        report.findings.push_back(std::move(finding));
    }
    for (std::size_t i = 0; i < baseline.size(); ++i)
        if (!met[i]) report.not_met.push_back(baseline[i]);
    join_equal(report.findings);
    set_causes(report.findings);
    report.shards = shards_of(results, shard);
    const auto finished = [](const ShardState& each) { return each.missing == 0; };
    report.complete = std::all_of(report.shards.begin(), report.shards.end(), finished);
    if (!report.complete) report.missing = missing_units(report.shards);
    decide(report);
    return report;
}

std::string campaign_command(const CampaignConfig& config, std::uint64_t seed, const CampaignConfig& usual,
                             const std::string& file) {
    std::string text = fmt::format("./vmacheck campaign{}{} --seed {}", file.empty() ? "" : " ",
                                   file.empty() ? "" : shell_quote(file), seed);
    if (config.ops != usual.ops) text += fmt::format(" --ops {}", config.ops);
    if (config.setup.profile != usual.setup.profile) text += " --profile " + config.setup.profile;
    if (config.setup.faults != usual.setup.faults)
        text += config.setup.faults.empty() ? " --faults ''"
                                            : fmt::format(" --faults {}", fmt::join(config.setup.faults, ","));
    if (config.setup.shipped != usual.setup.shipped) text += config.setup.shipped ? " --shipped on" : " --shipped off";
    if (config.out != usual.out) text += " --out " + shell_quote(config.out);
    if (config.corpus != usual.corpus) {
        text += " --corpus";
        for (const std::string& each : config.corpus) text += " " + shell_quote(each);
    }
    return text;
}

std::string replay_command(const ReportedFinding& finding, const CampaignConfig& config) {
    const std::string text = trace_command("replay", finding.finding().path);
    return finding.finding().origin.engine == corpus_engine ? text + model_arguments_of(config.setup) : text;
}

std::string report_text(const CampaignReport& report) {
    std::string text = fmt::format("{:<11} {}, seed {}: {} in {}, {}{}, every property after each; {} replayed\n",
                                   word(report.verdict), model_name(report.config.setup), report.config.seed,
                                   plural(report.steps(), "step"), plural(report.cases(), "case"),
                                   plural(report.guided(), "guided trace"),
                                   report.known() == 0 ? "" : " and " + plural(report.known(), "known trace"),
                                   plural(report.replayed(), "earlier failure"));
    if (!report.because.empty()) text += fmt::format("            {}\n", report.because);
    if (report.shard.count != 1)
        text += fmt::format("shard       {} of {}\n", report.shard.index + 1, report.shard.count);
    add_cells(text, report);
    add_findings(text, report);
    text += fmt::format("digest      {:#018x}\n", report.digest);
    return text;
}

json::object report_json(const CampaignReport& report) {
    json::array findings;
    for (const ReportedFinding& each : report.findings) {
        const Finding& found = each.finding();
        json::object finding{{"property", found.property()},
                             {"on", "model"},
                             {"text", found.text()},
                             {"engine", found.origin.engine},
                             {"case", found.origin.number},
                             {"times", each.stored.times},
                             {"ops", each.ops()},
                             {"cause", each.cause}};
        if (each.is_shown()) {
            finding["trace"] = found.path;
            finding["replay"] = replay_command(each, report.config);
        }
        if (!each.accepted.empty()) finding["accepted"] = each.accepted;
        findings.push_back(std::move(finding));
    }
    json::object coverage;
    for (const std::string_view group : {"event", "errno", "alloc", "merge"}) {
        const auto [reached, all] = report.grid.reached_of(group);
        const std::string_view key = group == "event" ? "events" : group;  // as the other verbs have it
        coverage[key] = json::object{{"reached", reached}, {"cells", all}};
    }
    for (const CellState state : {CellState::open, CellState::undeclared}) {
        json::array names;
        for (const Cell* each : report.grid.in(state)) names.push_back(json::string(each->name));
        coverage[name(state)] = std::move(names);
    }
    json::object unreachable;
    for (const Cell* each : report.grid.in(CellState::unreachable)) unreachable[each->name] = each->reason;
    coverage["unreachable"] = std::move(unreachable);
    json::object counts;
    for (const Cell* each : report.grid.in(CellState::reached)) counts[each->name] = each->count;
    coverage["counts"] = std::move(counts);
    json::array errors;
    if (!report.because.empty()) errors.push_back(json::string(report.because));
    json::object object{{"verb", "campaign"}, {"verdict", json_name(report.verdict)}};
    add_model(object, report.config.setup);
    const json::object rest{{"seed", report.config.seed},
                            {"ops", report.config.ops},
                            {"steps", report.steps()},
                            {"cases", report.cases()},
                            {"guided", report.guided()},
                            {"replayed", report.replayed()},
                            {"known", report.known()},
                            {"shard", json::object{{"index", report.shard.index + 1}, {"count", report.shard.count}}},
                            {"complete", report.complete},
                            {"coverage", coverage},
                            {"findings", findings},
                            {"errors", errors},
                            {"configuration", report.id.digest()},
                            {"digest", fmt::format("{:#018x}", report.digest)}};
    object.insert(rest.begin(), rest.end());
    return object;
}

CampaignConfig config_of(const CampaignId& id) {
    CampaignConfig config;
    try {
        const json::object text = json::parse(id.config).as_object();
        const json::object& random = text.at("random").as_object();
        config.seed = text.at("seed").to_number<std::uint64_t>();
        config.ops = text.at("ops").to_number<std::uint64_t>();
        config.setup.profile = text.at("profile").as_string().c_str();
        for (const json::value& each : text.at("faults").as_array())
            config.setup.faults.emplace_back(each.as_string().c_str());
        config.setup.shipped = text.at("shipped").as_bool();
        config.every_cell = text.at("every_cell").as_bool();
        config.random.pages = random.at("pages").to_number<unsigned>();
        config.random.vmas = random.at("vmas").to_number<std::size_t>();
        config.random.processes = random.at("processes").to_number<unsigned>();
        config.random.case_steps = random.at("case_steps").to_number<unsigned>();
    } catch (const std::exception&) {
        throw DatabaseError("the configuration in the results cannot be read; run the campaign again");
    }
    return config;
}

}  // namespace vmacheck
