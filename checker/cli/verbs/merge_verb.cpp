// vmacheck merge: the results of shards become those of the whole campaign.
#include "checker/cli/options/command.hpp"
#include "checker/cli/verbs/campaign_output.hpp"
#include "checker/cli/verbs/verbs.hpp"

#include <fmt/format.h>

namespace vmacheck::cli {
namespace {

struct MergeOptions {
    std::vector<std::string> paths;
    std::string db = in_memory;
    ReportOptions report;
};

// The results hold the campaign's configuration, but not the name of its file; options do not cover all of one.
std::string file_of(const CampaignConfig& config) {
    CampaignConfig stated;
    stated.seed = config.seed;
    stated.ops = config.ops;
    stated.setup = config.setup;
    return stated.text(0) == config.text(0) ? "" : "FILE.toml";
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
    return report_campaign(results, config, {}, baseline, options.report, timing, next_command);
}

}  // namespace

void add_merge(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("merge", "the results of a campaign's shards, in any order, as one");
    const auto options = std::make_shared<MergeOptions>();
    verb.add_option("RESULTS", options->paths, "what 'vmacheck campaign --shard i/n --db FILE' wrote").required();
    verb.add_option("--db", options->db, "keep the sum in this file, which must not be there yet");
    add_report_options(verb, options->report);
    verb.callback([options, &run] {
        run = [options] { return run_campaign_verb("merge", options->report, [&] { return run_merge(*options); }); };
    });
}

}  // namespace vmacheck::cli
