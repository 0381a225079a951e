// vmacheck campaign: the main job. Earlier failures first, then all engines under one budget.
#include "checker/cli/campaign_verb.hpp"

#include "checker/cli/finding_output.hpp"
#include "checker/cli/trace_input.hpp"
#include "checker/extra_properties.hpp"
#include "checker/progress.hpp"
#include "checker/wording.hpp"

#include <fmt/format.h>

#include <charconv>
#include <thread>

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
    std::string db = ":memory:";
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

CampaignConfig configuration(const Options& options) {
    CampaignConfig config;
    if (!options.file.empty()) {
        if (const auto wrong = why_not_a_file(options.file)) throw OutputError(*wrong);
        auto read = read_campaign_file(options.file);
        if (const auto* wrong = std::get_if<std::string>(&read)) throw OutputError(*wrong);
        config = std::get<CampaignConfig>(std::move(read));
    }
    if (options.seed) config.seed = *options.seed;
    if (options.ops) config.ops = *options.ops;
    const ReplayOptions model = model_options(options.model);
    if (model.profile) config.profile = *model.profile;
    if (model.faults) config.faults = *model.faults;
    if (model.shipped) config.shipped = *model.shipped;
    if (!options.report.out.empty()) config.out = options.report.out;
    if (!options.corpus.empty()) {
        config.corpus = options.corpus;
        config.corpus_given = true;
    }
    return config;
}

// The corpus as it was when the campaign began, if it has begun.
std::vector<CorpusTrace> corpus_for(const CampaignConfig& config, const std::string& db) {
    if (auto begun = Results::corpus_in(db)) return *std::move(begun);
    auto read = read_corpus(config);
    if (const auto* wrong = std::get_if<std::string>(&read)) throw OutputError(*wrong);
    return std::get<std::vector<CorpusTrace>>(std::move(read));
}

// Properties from outside change what a campaign is.
std::string version() {
    std::string text = VMACHECK_VERSION;
    for (const PropertyInfo& each : extra_properties().infos()) text += fmt::format("+{}", each.name);
    return text;
}

int run_verb(const Options& options) {
    for (const std::string& each : options.properties)
        if (const std::string wrong = load_extra_properties(each); !wrong.empty()) throw OutputError(wrong);
    const CampaignConfig config = configuration(options);
    const Baseline baseline = read_accepted(options.report);
    expect_directory(config.out);
    const std::vector<CorpusTrace> corpus = corpus_for(config, options.db);
    const Engines engines = make_engines(config, corpus);
    Results results(options.db, {version(), config.text(digest_of(corpus)), program_digest()}, engines, corpus);
    RunLimits limits;
    limits.jobs = options.jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.jobs;
    limits.time_s = options.time_s;
    if (!options.shard.empty()) limits.shard = *read_shard(options.shard);
    Progress progress("campaign", progress_style(options.report.progress));
    Timing timing;
    const std::uint64_t before = results.steps();
    run_campaign(engines, results, limits, [&](const CampaignProgress& now) {
        progress.show(
            now.steps, now.ops,
            fmt::format("{} of {} cells, {}", now.cells_reached, now.cells, counted(now.findings, "finding")));
    });
    timing.elapsed_s = progress.elapsed_s();
    timing.steps = results.steps() - before;
    timing.all_s = results.seconds();
    timing.jobs = limits.jobs;
    progress.finish(timing.steps);
    return tell_campaign(results, config, limits.shard, baseline, options.report, timing);
}

}  // namespace

void add_campaign(CLI::App& app, Run& run) {
    CLI::App* verb =
        app.add_subcommand("campaign", "the main job: earlier failures first, then every engine under one budget");
    const auto options = std::make_shared<Options>();
    verb->add_option("FILE.toml", options->file, "what to do; without it, a good default of under a minute");
    verb->add_option("--seed", options->seed, "what all choices derive from (default 1)")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 62));
    verb->add_option("--ops", options->ops, "operations to perform (default 4000000)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53));
    verb->add_option("--jobs", options->jobs,
                     "threads (default: one a processor); the result is the same for any number")
        ->check(CLI::Range(1u, 256u));
    verb->add_option("--time", options->time_s, "begin nothing new after so many seconds; with --db it can go on later")
        ->check(CLI::PositiveNumber);
    verb->add_option("--corpus", options->corpus, "earlier failures, files or directories (default: those of --out)");
    verb->add_option("--db", options->db, "keep results in this file, and take up what it holds");
    verb->add_option("--shard", options->shard, "i/n: only the i-th of n parts; 'vmacheck merge' joins their results")
        ->check([](const std::string& text) {
            return read_shard(text) ? std::string() : "'" + text + "' is no shard; write 1/4 to 4/4 for four";
        });
    verb->add_option("--properties", options->properties,
                     "shared objects with more properties (checker/extra_properties.hpp)");
    add_model_options(*verb, options->model);
    add_report_options(*verb, options->report);
    verb->add_option("--progress", options->report.progress, "on standard error: auto, plain or none")
        ->check(CLI::IsMember({"auto", "plain", "none"}));
    verb->callback([options, &run] {
        run = [options] { return guarded("campaign", options->report, [&] { return run_verb(*options); }); };
    });
}

}  // namespace vmacheck::cli
