// vmacheck merge: the results of shards become those of the whole campaign. vmacheck compare: what differs between two.
#include "checker/cli/verbs/campaign_verb.hpp"
#include "checker/report/campaign_report.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <set>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct MergeOptions {
    std::vector<std::string> paths;
    std::string db = in_memory;
    ReportOptions report;
};

// The results know the campaign's configuration, but not the file it came from; options do not say all of one.
std::string file_of(const CampaignConfig& config) {
    CampaignConfig said;
    said.seed = config.seed;
    said.ops = config.ops;
    said.profile = config.profile;
    said.faults = config.faults;
    said.shipped = config.shipped;
    return said.text(0) == config.text(0) ? "" : "FILE.toml";
}

// Where units are missing: what does those of the first shard that has some.
std::string next_command(const CampaignReport& report) {
    const std::string file = file_of(report.config);
    if (report.complete) return campaign_command(report.config, report.config.seed + 1, {}, file);
    const std::string text = campaign_command(report.config, report.config.seed, {}, file);
    for (const ShardState& each : report.shards)
        if (each.missing != 0 && report.shards.size() > 1)
            return fmt::format("{} --shard {} --db shard{}.db", text, each.shard.name(), each.shard.index + 1);
    return text + " --db FILE";
}

int run_merge(const MergeOptions& options) {
    const Baseline baseline = read_accepted(options.report);
    expect_outputs(options.report, options.report.out.empty() ? CampaignConfig().out : options.report.out);
    Results results = Results::merged(options.paths, options.db);
    CampaignConfig config = config_of(results.id());
    if (!options.report.out.empty()) config.out = options.report.out;
    Timing timing;
    timing.all_s = results.seconds();
    return tell_campaign(results, config, {}, baseline, options.report, timing, next_command);
}

// What is in one of two sets of results only, and what both have.
struct Comparison {
    std::vector<std::string> only_first;
    std::vector<std::string> only_second;

    void add(const std::set<std::string>& first, const std::set<std::string>& second) {
        for (const std::string& each : first)
            if (second.count(each) == 0) only_first.push_back(each);
        for (const std::string& each : second)
            if (first.count(each) == 0) only_second.push_back(each);
    }
};

struct CompareOptions {
    std::string first;
    std::string second;
    ReportOptions report;  // format alone
};

struct Side {
    explicit Side(const std::string& path) : results(path) {
        digest = results.digest();
        config = results.id().config;
        steps = results.steps();
        const double seconds = results.seconds();
        rate = seconds > 0 ? static_cast<double>(steps) / seconds : 0;
        for (const auto& [cell, count] : results.cells()) cells.insert(cell);
        for (const StoredFinding& each : results.findings()) findings.insert(each.key);
    }
    Results results;
    std::uint64_t digest = 0;
    std::uint64_t steps = 0;
    double rate = 0;  // steps a second
    std::string config;
    std::set<std::string> cells;
    std::set<std::string> findings;
};

json::array names_of(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

int run_compare(const CompareOptions& options) {
    Side a(options.first);
    Side b(options.second);
    Comparison cells;
    cells.add(a.cells, b.cells);
    Comparison findings;
    findings.add(a.findings, b.findings);
    const bool same = a.digest == b.digest;
    if (options.report.format == "json") {
        const auto side = [](const Side& each) {
            return json::object{{"digest", fmt::format("{:#018x}", each.digest)},
                                {"steps", each.steps},
                                {"cells", each.cells.size()},
                                {"findings", each.findings.size()},
                                {"configuration", json::string(each.config)}};
        };
        const json::object object{
            {"verb", "compare"},
            {"verdict", same ? "holds" : "differs"},
            {"first", side(a)},
            {"second", side(b)},
            {"cells_only_first", names_of(cells.only_first)},
            {"cells_only_second", names_of(cells.only_second)},
            {"findings_only_first", names_of(findings.only_first)},
            {"findings_only_second", names_of(findings.only_second)},
            {"timing", json::object{{"first_steps_per_s", a.rate}, {"second_steps_per_s", b.rate}}}};
        fmt::print("{}\n", json::serialize(object));
        return same ? exit_holds : exit_differs;
    }
    fmt::print("{:<11} {}, {}\n", same ? "same" : "differs", options.first, options.second);
    const auto row = [](std::string_view what, const auto& first, const auto& second) {
        fmt::print("{:<11} {:<22} {}\n", what, fmt::format("{}", first), fmt::format("{}", second));
    };
    row("digest", fmt::format("{:#018x}", a.digest), fmt::format("{:#018x}", b.digest));
    row("steps", a.steps, b.steps);
    row("cells", a.cells.size(), b.cells.size());
    row("findings", a.findings.size(), b.findings.size());
    row("steps/s", fmt::format("{:.0f}", a.rate), fmt::format("{:.0f}", b.rate));
    if (a.config != b.config) fmt::print("configured  {}\n            {}\n", a.config, b.config);
    const auto lines = [](const std::vector<std::string>& only, std::string_view what, const std::string& path) {
        for (const std::string& each : only) fmt::print("{:<11} {} in {} only\n", what, each, path);
    };
    lines(findings.only_first, "finding", options.first);
    lines(findings.only_second, "finding", options.second);
    lines(cells.only_first, "cell", options.first);
    lines(cells.only_second, "cell", options.second);
    return same ? exit_holds : exit_differs;
}

}  // namespace

void add_merge(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("merge", "the results of a campaign's shards, in any order, as one");
    const auto options = std::make_shared<MergeOptions>();
    verb->add_option("RESULTS", options->paths, "what 'vmacheck campaign --shard i/n --db FILE' wrote")->required();
    verb->add_option("--db", options->db, "keep the sum in this file, which must not be there yet");
    add_report_options(*verb, options->report);
    verb->callback([options, &run] {
        run = [options] { return guarded("merge", options->report, [&] { return run_merge(*options); }); };
    });
}

void add_compare(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("compare", "what differs between the results of two campaigns");
    const auto options = std::make_shared<CompareOptions>();
    verb->add_option("A", options->first, "results, of 'vmacheck campaign --db FILE'")->required();
    verb->add_option("B", options->second, "results to compare with")->required();
    add_format_option(*verb, options->report.format);
    verb->callback([options, &run] {
        run = [options] { return guarded("compare", options->report, [&] { return run_compare(*options); }); };
    });
}

}  // namespace vmacheck::cli
