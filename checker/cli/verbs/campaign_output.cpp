#include "checker/cli/verbs/campaign_output.hpp"
#include "checker/campaign/trace_engine.hpp"
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/exit_codes.hpp"

#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/report/ci_output.hpp"
#include "checker/report/html/campaign_page.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <cstdio>

namespace vmacheck::cli {
namespace {

void write_findings(const CampaignReport& report, OutputErrors& errors) {
    for (const ReportedFinding& each : report.findings) {
        const Finding& finding = each.finding();
        if (!each.is_shown() || finding.origin.engine == corpus_engine) continue;
        errors.attempt([&] {
            make_directory(report.config.out);
            write_trace_to(finding.path, finding.trace);
        });
    }
}

void write_reports(Results& results, const CampaignReport& report, const ReportOptions& options,
                   const NextCommand& next, OutputErrors& errors) {
    const auto write = [&](const std::string& path, std::string (*form)(const CampaignReport&)) {
        if (!path.empty()) errors.attempt([&] { write_text_to(path, form(report)); });
    };
    write(options.junit, junit_xml);
    write(options.sarif, sarif);
    write(options.summary, markdown);
    if (options.html.empty()) return;
    errors.attempt([&] {
        const auto reached_by = cells_of_traces(report.config, results.corpus());
        write_text_to(options.html, html::campaign_page(report, next(report), reached_by));
    });
}

// Of the findings that count, and that stand for a cause, the first with the fewest operations; nullptr: there is none.
const ReportedFinding* shortest_that_counts(const CampaignReport& report) {
    const ReportedFinding* best = nullptr;
    for (std::size_t i = 0; i < report.findings.size(); ++i) {
        const ReportedFinding& each = report.findings[i];
        if (!each.accepted.empty() || !each.is_shown() || each.cause != i) continue;
        if (best == nullptr || each.ops() < best->ops()) best = &each;
    }
    return best;
}

void print_text(const CampaignReport& report, const NextCommand& next) {
    fmt::print("{}", report_text(report));
    const ReportedFinding* first = shortest_that_counts(report);
    if (first == nullptr) {
        fmt::print("next: {}\n", next(report));
        return;
    }
    if (!report.complete) fmt::print("to its end  by {}\n", next(report));
    const bool internal = first->finding().is_internal();
    if (!internal) fmt::print("\n{}", short_explanation(first->finding().trace));
    const std::string command = replay_command(*first, report.config);
    const std::string replay = "./vmacheck replay ";
    fmt::print("next: {}\n", internal ? command : "./vmacheck explain " + command.substr(replay.size()));
}

void print_json(const CampaignReport& report, const Timing& timing, const OutputErrors& errors) {
    boost::json::object object = report_json(report);
    for (const auto& each : errors.errors()) object["errors"].as_array().push_back(each);
    object["timing"] = boost::json::object{
        {"elapsed_s", timing.elapsed_s},
        {"steps_per_s", timing.elapsed_s > 0 ? static_cast<double>(timing.steps) / timing.elapsed_s : 0},
        {"all_s", timing.all_s},
        {"jobs", timing.jobs}};
    fmt::print("{}\n", boost::json::serialize(object));
}

}  // namespace

void add_report_options(const Command& verb, ReportOptions& options) {
    verb.add_option("--out", options.out, "directory that findings are written to (default findings)");
    verb.add_option("--baseline", options.baseline, "TOML file of accepted findings, which do not count");
    verb.add_option("--junit", options.junit, "write JUnit XML to this file");
    verb.add_option("--sarif", options.sarif, "write SARIF to this file");
    verb.add_option("--summary", options.summary, "write a summary in Markdown to this file");
    verb.add_option("--html", options.html, "write findings and coverage to this file, as one page for a browser");
    verb.add_option("--annotations", options.annotations, "print annotations at the end: github").one_of({"github"});
    verb.add_flag("--bisect", options.bisect, "exit codes for git bisect run: 0 holds, 1 found, 125 cannot be judged");
    add_format_option(verb, options.format);
}

void expect_outputs(const ReportOptions& options, const std::string& out) {
    expect_directory(out);
    for (const std::string& path : {options.junit, options.sarif, options.summary, options.html})
        if (!path.empty()) expect_file(path);
}

Baseline read_accepted(const ReportOptions& options) {
    if (options.baseline.empty()) return {};
    auto read = read_baseline_file(options.baseline);
    if (const auto* wrong = std::get_if<std::string>(&read)) throw BadInputs({*wrong});
    return std::get<Baseline>(std::move(read));
}

int report_campaign(Results& results, const CampaignConfig& config, const Shard& shard, const Baseline& baseline,
                    const ReportOptions& options, const Timing& timing, const NextCommand& next) {
    const bool text = options.format == "text";
    minimise_findings(results, [&](const StoredFinding& each) {
        if (text) print_found(each.found);
    });
    const CampaignReport report = make_report(results, config, shard, baseline);
    OutputErrors errors;
    write_findings(report, errors);
    write_reports(results, report, options, next, errors);
    if (text)
        print_text(report, next);
    else
        print_json(report, timing, errors);
    if (!options.annotations.empty() && text) fmt::print("{}", github_annotations(report));
    const int code = errors.finish(exit_code(report.verdict));
    return options.bisect ? bisect_code(exit_code(report.verdict)) : code;  // git bisect wants no output
}

int run_campaign_verb(const std::string& verb, const ReportOptions& options, const std::function<int()>& f) {
    bool judged = false;
    const int code = run_verb(verb, options.format, [&] {
        const int result = f();
        judged = true;
        return result;
    });
    return options.bisect && !judged ? bisect_code(code) : code;
}

}  // namespace vmacheck::cli
