// vmacheck campaign: the main job. Earlier failures first, then all engines under one budget.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/verbs/campaign_output.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/progress.hpp"
#include "checker/run/version.hpp"
#include "model/state/digest.hpp"
#include "properties/run/full_catalogue.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string file;
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t> ops;
    unsigned jobs = 0;
    double time_s = 0;
    ModelOptions model;
    std::vector<std::string> corpus;
    std::string db = in_memory;
    std::string shard;
    std::vector<std::string> properties;
    ReportOptions report;
};

// "2/4": the second of four.
std::optional<Shard> read_shard(const std::string& text) {
    std::uint64_t index = 0;
    std::uint64_t count = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, index);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, count);
    if (second.ec != std::errc() || second.ptr != end || index < 1 || index > count || count > 100'000)
        return std::nullopt;
    return Shard{index - 1, count};
}

// By default, or as the file says.
CampaignConfig usual_configuration(const Options& options) {
    if (options.file.empty()) return {};
    if (const auto wrong = why_not_a_file(options.file)) throw BadInputs({*wrong});
    auto read = read_campaign_file(options.file);
    if (const auto* wrong = std::get_if<std::string>(&read)) throw BadInputs({*wrong});
    return std::get<CampaignConfig>(std::move(read));
}

CampaignConfig configuration(CampaignConfig config, const Options& options) {
    if (options.seed) config.seed = *options.seed;
    if (options.ops) config.ops = *options.ops;
    apply_model_options(options.model, config.setup);
    if (!options.report.out.empty()) config.out = options.report.out;
    if (!options.corpus.empty()) {
        config.corpus = options.corpus;
        config.corpus_given = true;
    }
    return config;
}

// The corpus as it was when the campaign began, if it has begun.
CorpusRead corpus_for(const CampaignConfig& config, const std::string& db) {
    if (auto begun = Results::corpus_in(db)) return {*std::move(begun), {}, {}};
    CorpusRead read = read_corpus(config);
    if (!read.wrong.empty()) throw BadInputs(std::move(read.wrong));
    return read;
}

// A complete campaign: the same with another seed. Otherwise the command that continues it, which needs --db.
std::string next_command(const Options& options, const CampaignConfig& usual, const CampaignReport& report) {
    const std::uint64_t seed = report.config.seed + (report.complete ? 1 : 0);
    std::string text = campaign_command(report.config, seed, usual, options.file);
    for (const std::string& each : options.properties) text += " --properties " + shell_quote(each);
    if (!options.report.baseline.empty()) text += " --baseline " + shell_quote(options.report.baseline);
    if (report.complete) return text;
    if (!options.shard.empty()) text += " --shard " + options.shard;
    return text + " --db " + (options.db == in_memory ? "campaign.db" : shell_quote(options.db));
}

// Properties from outside change what a campaign is.
std::string version() {
    std::string text(program_version);
    for (const PropertyInfo& each : extra_property_infos()) text += fmt::format("+{}", each.name);
    return text;
}

// What can be found wrong before anything is searched.
void expect_usable(const Options& options, const CampaignConfig& config) {
    if (!options.shard.empty() && read_shard(options.shard)->count > 1 && options.db == in_memory)
        throw BadInputs(
            {"--shard " + options.shard + ": its result would be lost; give --db FILE, which 'vmacheck merge' takes"});
    expect_outputs(options.report, config.out);
}

RunLimits run_limits(const Options& options) {
    RunLimits limits;
    limits.jobs = threads(options.jobs);
    limits.time_s = options.time_s;
    limits.stop = StopSignal::flag();
    if (!options.shard.empty()) limits.shard = *read_shard(options.shard);
    return limits;
}

Timing search(const Engines& engines, Results& results, const RunLimits& limits, const ReportOptions& options) {
    const StopSignal stop;
    ProgressDisplay progress("campaign", progress_style(options.progress));
    Timing timing;
    const std::uint64_t before = results.steps();
    run_campaign(engines, results, limits, [&](const Progress& now) { progress.show(now); });
    timing.elapsed_s = progress.elapsed_s();
    timing.steps = results.steps() - before;
    timing.all_s = results.seconds();
    timing.jobs = limits.jobs;
    progress.finish(timing.steps);
    return timing;
}

int run_options(const Options& options) {
    for (const std::string& each : options.properties)
        if (const std::string wrong = load_extra_properties(each); !wrong.empty()) throw BadInputs({wrong});
    const CampaignConfig usual = usual_configuration(options);
    CampaignConfig config = configuration(usual, options);
    const Baseline baseline = read_accepted(options.report);
    expect_usable(options, config);
    const CorpusRead corpus = corpus_for(config, options.db);
    if (!corpus.missing.empty() && !config.every_cell) config.every_cell = false;  // some cells only they reach
    const Engines engines = make_engines(config, corpus.traces);
    Results results(options.db, {version(), config.text(digest_of(corpus.traces)), program_digest()}, engines,
                    corpus.traces);
    for (const std::string& each : corpus.missing)
        print_error("campaign: " + each + ": no such directory here; known traces are left out");
    const RunLimits limits = run_limits(options);
    const Timing timing = search(engines, results, limits, options.report);
    return report_campaign(results, config, limits.shard, baseline, options.report, timing,
                           [&](const CampaignReport& report) { return next_command(options, usual, report); });
}

}  // namespace

void add_campaign(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("campaign", "the main job: earlier failures first, then every engine under one budget");
    const auto options = std::make_shared<Options>();
    verb.add_option("FILE.toml", options->file, "what to do; without it, a good default of under a minute");
    add_seed_option(verb, options->seed);
    verb.add_option("--ops", options->ops, "operations to perform (default 4000000)")
        .between(1, std::uint64_t{1} << 53);
    add_jobs_option(verb, options->jobs);
    add_time_option(verb, options->time_s, "start nothing new after so many seconds; with --db it can continue later");
    verb.add_option("--corpus", options->corpus, "earlier failures, files or directories (default: those of --out)");
    verb.add_option("--db", options->db, "keep results in this file, and continue from what it holds");
    verb.add_option("--shard", options->shard, "i/n: only the i-th of n parts; 'vmacheck merge' joins their results")
        .check([](const std::string& text) {
            return read_shard(text) ? std::string() : "'" + text + "' is no shard; write 1/4 to 4/4 for four";
        });
    verb.add_option("--properties", options->properties,
                    "shared objects with more properties (properties/run/extra_properties.hpp)");
    add_model_options(verb, options->model);
    add_report_options(verb, options->report);
    add_progress_option(verb, options->report.progress);
    verb.callback([options, &run] {
        run = [options] {
            return run_campaign_verb("campaign", options->report, [&] { return run_options(*options); });
        };
    });
}

}  // namespace vmacheck::cli
