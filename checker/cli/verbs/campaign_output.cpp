// What verbs about campaigns write and print.
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/verbs/campaign_verb.hpp"
#include "checker/report/ci_output.hpp"
#include "traces/format/reader.hpp"
#include "traces/format/text.hpp"
#include "traces/format/whole_file.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace vmacheck::cli {
namespace {

void write_text(const std::string& path, const std::string& text) {
    if (const auto wrong = write_whole_file(path, text)) throw OutputError(*wrong + "; choose another path");
}

Trace trace_of(const StoredFinding& finding) {
    ReadResult read = read_trace(finding.minimised);
    auto* trace = std::get_if<Trace>(&read);
    if (trace == nullptr) throw OutputError("the trace of " + finding.key + " cannot be read back");
    return std::move(*trace);
}

void write_findings(const CampaignReport& report, OutputErrors& writing) {
    for (const ReportedFinding& each : report.findings) {
        if (each.path.empty() || each.stored.engine == corpus_engine) continue;
        writing.attempt([&] {
            make_directory(report.config.out);
            write_trace_to(each.path, trace_of(each.stored));
        });
    }
}

void write_reports(const CampaignReport& report, const ReportOptions& options, OutputErrors& writing) {
    const auto write = [&](const std::string& path, std::string (*form)(const CampaignReport&)) {
        if (!path.empty()) writing.attempt([&] { write_text(path, form(report)); });
    };
    write(options.junit, junit_xml);
    write(options.sarif, sarif);
    write(options.summary, markdown);
}

int exit_code(const CampaignReport& report) {
    switch (report.verdict) {
        case CampaignVerdict::holds: return exit_holds;
        case CampaignVerdict::violated: return exit_violated;
        case CampaignVerdict::internal: return exit_internal;
        case CampaignVerdict::undecided: break;
    }
    return exit_undecided;
}

// The first finding that counts, or nullptr.
const ReportedFinding* first_told(const CampaignReport& report) {
    for (const ReportedFinding& each : report.findings)
        if (each.accepted.empty() && !each.path.empty()) return &each;
    return nullptr;
}

void print_text(const CampaignReport& report, const NextCommand& next) {
    fmt::print("{}", report_text(report));
    const ReportedFinding* first = first_told(report);
    if (first == nullptr) {
        fmt::print("next: {}\n", next(report));
        return;
    }
    if (!report.complete) fmt::print("to its end  by {}\n", next(report));
    const bool internal = first->stored.violation.property == internal_assertion_name;
    if (!internal) fmt::print("\n{}", short_explanation(trace_of(first->stored)));
    const std::string command = replay_command(*first, report.config);
    const std::string replay = "./vmacheck replay ";
    fmt::print("next: {}\n", internal ? command : "./vmacheck explain " + command.substr(replay.size()));
}

void print_json(const CampaignReport& report, const Timing& timing, const OutputErrors& writing) {
    boost::json::object object = report_json(report);
    for (const auto& each : writing.errors()) object["errors"].as_array().push_back(each);
    object["timing"] = boost::json::object{
        {"elapsed_s", timing.elapsed_s},
        {"steps_per_s", timing.elapsed_s > 0 ? static_cast<double>(timing.steps) / timing.elapsed_s : 0},
        {"all_s", timing.all_s},
        {"jobs", timing.jobs}};
    fmt::print("{}\n", boost::json::serialize(object));
}

}  // namespace

void add_report_options(CLI::App& verb, ReportOptions& options) {
    verb.add_option("--out", options.out, "directory that findings are written to (default findings)");
    verb.add_option("--baseline", options.baseline, "TOML file of accepted findings, which do not count");
    verb.add_option("--junit", options.junit, "write JUnit XML to this file");
    verb.add_option("--sarif", options.sarif, "write SARIF to this file");
    verb.add_option("--summary", options.summary, "write a summary in Markdown to this file");
    verb.add_option("--annotations", options.annotations, "print annotations at the end: github")
        ->check(CLI::IsMember({"github"}));
    verb.add_flag("--bisect", options.bisect, "exit codes for git bisect run: 0 holds, 1 found, 125 cannot be judged");
    add_format_option(verb, options.format);
}

void expect_outputs(const ReportOptions& options, const std::string& out) {
    expect_directory(out);
    for (const std::string& path : {options.junit, options.sarif, options.summary})
        if (!path.empty()) expect_file(path);
}

Baseline read_accepted(const ReportOptions& options) {
    if (options.baseline.empty()) return {};
    auto read = read_baseline_file(options.baseline);
    if (const auto* wrong = std::get_if<std::string>(&read)) throw OutputError(*wrong);
    return std::get<Baseline>(std::move(read));
}

int bisect_code(int exit_code) {
    if (exit_code == exit_holds) return 0;
    return exit_code == exit_violated || exit_code == exit_differs ? 1 : 125;
}

int tell_campaign(Results& results, const CampaignConfig& config, const Shard& shard, const Baseline& baseline,
                  const ReportOptions& options, const Timing& timing, const NextCommand& next) {
    const bool text = options.format == "text";
    minimise_findings(results, [&](const StoredFinding& each) {
        if (!text) return;
        const std::size_t found = std::get<Trace>(read_trace(each.trace)).steps.size();
        fmt::print("found       {}, step {}{}: {}: {}\nshrinking   {}\n", each.where, found,
                   each.at_end ? " (by the full sweep after it)" : "", each.violation.property, each.violation.text,
                   plural(found, "operation"));
        std::fflush(stdout);
    });
    const CampaignReport report = make_report(results, config, shard, baseline);
    OutputErrors writing;
    write_findings(report, writing);
    write_reports(report, options, writing);
    if (text)
        print_text(report, next);
    else
        print_json(report, timing, writing);
    if (!options.annotations.empty() && text) fmt::print("{}", github_annotations(report));
    const int code = writing.finish(exit_code(report));
    return options.bisect ? bisect_code(exit_code(report)) : code;  // which wants no output
}

int guarded(const std::string& verb, const ReportOptions& options, const std::function<int()>& f) {
    const auto refuse = [&](const std::string& message) {
        const int code = bad_input(verb, options.format, message);
        return options.bisect ? bisect_code(code) : code;
    };
    try {
        return f();
    } catch (const BadInputs& error) {
        const int code = bad_input(verb, options.format, error.messages());
        return options.bisect ? bisect_code(code) : code;
    } catch (const OutputError& error) {
        return refuse(error.what());
    } catch (const DatabaseError& error) {
        return refuse(error.what());
    }
}

}  // namespace vmacheck::cli
