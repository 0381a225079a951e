// vmacheck faults: the catalogue of faults, and which engine finds which.
#include "checker/campaign/corpus.hpp"
#include "checker/cli/options/columns.hpp"
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/search_options.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/verbs/list_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/detect/detect.hpp"
#include "checker/report/progress.hpp"
#include "checker/run/verdict.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <memory>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    std::vector<std::string> slugs;
    DetectOptions detect;
    std::string format = "text";
    std::string progress = "auto";
};

std::string_view kind_name(const FaultInfo& fault) {
    return fault.kind == FaultKind::synthetic ? "synthetic" : "real";
}

// Those that were named, or all.
std::vector<const FaultInfo*> faults_named(const std::vector<std::string>& slugs) {
    std::vector<const FaultInfo*> faults;
    if (slugs.empty())
        for (const FaultInfo& each : all_faults()) faults.push_back(&each);
    for (const std::string& each : slugs) {
        const std::optional<Fault> fault = fault_named(each);
        if (!fault)
            throw BadInputs({"faults detect: there is no fault '" + each + "'; ./vmacheck faults list names them"});
        faults.push_back(&info(*fault));
    }
    return faults;
}

std::vector<CorpusTrace> known_traces() {
    CorpusRead read = read_corpus({.corpus_given = true});
    if (!read.wrong.empty()) throw BadInputs(std::move(read.wrong));
    for (const std::string& each : read.missing)
        print_error("faults detect: " + each + ": no such directory here; known traces are left out");
    return std::move(read.traces);
}

bool all_found(const std::vector<FaultRow>& rows) {
    return std::all_of(rows.begin(), rows.end(), [](const FaultRow& each) { return each.first() != nullptr; });
}

// "6 -> 3": operations until it was found, and of the minimised trace.
std::string cell(const Detection& detection) {
    return detection.found ? fmt::format("{} -> {}", detection.ops, detection.shortest) : "-";
}

// Of the engine that found it first; the properties of all engines that found it, each once.
std::string properties_of(const FaultRow& row) {
    std::vector<std::string_view> properties;
    for (const Detection& each : row.engines)
        if (each.found && std::find(properties.begin(), properties.end(), each.property) == properties.end())
            properties.push_back(each.property);
    return properties.empty() ? "-" : fmt::format("{}", fmt::join(properties, ", "));
}

std::vector<std::vector<std::string>> table_of(const std::vector<FaultRow>& rows) {
    std::vector<std::vector<std::string>> table;
    std::vector<std::string>& head = table.emplace_back();
    head = {"fault", "kind"};
    if (!rows.empty())
        for (const Detection& each : rows.front().engines) head.emplace_back(each.engine);
    head.emplace_back("property");
    for (const FaultRow& each : rows) {
        std::vector<std::string>& line = table.emplace_back();
        line = {std::string(each.fault->name), std::string(kind_name(*each.fault))};
        for (const Detection& engine : each.engines) line.push_back(cell(engine));
        line.push_back(properties_of(each));
    }
    return table;
}

std::string summary(const std::vector<FaultRow>& rows) {
    std::string text;
    for (const FaultKind kind : {FaultKind::real, FaultKind::synthetic}) {
        const auto of_kind = [&](const FaultRow& each) { return each.fault->kind == kind; };
        const auto found = [&](const FaultRow& each) { return of_kind(each) && each.first() != nullptr; };
        text += fmt::format("{}{} of {} {}", text.empty() ? "" : ", ", std::count_if(rows.begin(), rows.end(), found),
                            std::count_if(rows.begin(), rows.end(), of_kind),
                            kind == FaultKind::real ? "real" : "synthetic");
    }
    return text;
}

void print_markdown(const std::vector<std::vector<std::string>>& table) {
    const auto line = [](const std::vector<std::string>& columns) {
        fmt::print("| {} |\n", fmt::join(columns, " | "));
    };
    line(table.front());
    line(std::vector<std::string>(table.front().size(), "---"));
    for (std::size_t i = 1; i < table.size(); ++i) line(table[i]);
}

json::object json_of(const Detection& detection) {
    return {{"engine", detection.engine},
            {"found", detection.found},
            {"property", detection.found ? json::value(detection.property) : json::value()},
            {"ops", detection.ops},
            {"trace_ops", detection.found ? json::value(detection.shortest) : json::value()},
            {"elapsed_s", detection.elapsed_s}};
}

json::object json_of(const FaultRow& row) {
    const Detection* first = row.first();
    double elapsed_s = 0;
    json::array engines;
    for (const Detection& each : row.engines) {
        elapsed_s += each.elapsed_s;
        engines.push_back(json_of(each));
    }
    return {{"slug", row.fault->name},
            {"kind", kind_name(*row.fault)},
            {"profile", row.profile},
            {"found", first != nullptr},
            {"engine", first != nullptr ? json::value(first->engine) : json::value()},
            {"property", first != nullptr ? json::value(first->property) : json::value()},
            {"ops", first != nullptr ? json::value(first->ops) : json::value()},
            {"elapsed_s", first != nullptr ? first->elapsed_s : elapsed_s},
            {"engines", std::move(engines)}};
}

void print_json(const Options& options, const std::vector<FaultRow>& rows, Verdict verdict, double elapsed_s) {
    json::array faults;
    for (const FaultRow& each : rows) faults.push_back(json_of(each));
    fmt::print("{}\n", json::serialize(json::object{
                           {"verb", "faults"},
                           {"verdict", json_name(verdict)},
                           {"seed", options.detect.seed},
                           {"faults", faults},
                           {"timing", json::object{{"elapsed_s", elapsed_s}, {"jobs", options.detect.jobs}}}}));
}

void print_result(const Options& options, const std::vector<FaultRow>& rows, Verdict verdict, double elapsed_s) {
    if (options.format == "json") return print_json(options, rows, verdict, elapsed_s);
    if (options.format == "markdown") return print_markdown(table_of(rows));
    fmt::print("{:<11} {} found; operations until found -> operations of the minimised trace\n", word(verdict),
               summary(rows));
    print_columns(table_of(rows));
    if (!rows.empty() && rows.front().first() != nullptr)
        fmt::print("next: ./vmacheck explain traces/faults/{}.jsonl\n", rows.front().fault->name);
}

int run_detect(Options options) {
    const std::vector<const FaultInfo*> faults = faults_named(options.slugs);
    options.detect.traces = known_traces();
    options.detect.jobs = threads(options.detect.jobs);
    options.detect.stop = StopSignal::flag();
    ProgressDisplay progress("faults", progress_style(options.progress), "faults");
    const std::vector<FaultRow> rows = [&] {
        const StopSignal stop;
        return detect(faults, options.detect, [&](const Progress& now) { progress.show(now); });
    }();
    const double elapsed_s = progress.elapsed_s();
    progress.finish(rows.size());
    const Verdict verdict = rows.size() < faults.size() ? Verdict::undecided
                            : all_found(rows)           ? Verdict::holds
                                                        : Verdict::differs;
    print_result(options, rows, verdict, elapsed_s);
    return exit_code(verdict);
}

void add_detect(const Command& faults, Run& run) {
    const Command verb = faults.add_subcommand(
        "detect", "the engines in turn on the model with each fault on: which finds it, and after how many operations");
    const auto options = std::make_shared<Options>();
    verb.add_option("SLUG", options->slugs, "faults by name (default: all)");
    std::vector<std::string> engines;
    for (const std::string_view each : detect_engines()) engines.emplace_back(each);
    verb.add_option("--engine", options->detect.engines, "only these, in their order (default: all)").one_of(engines);
    add_seed_option(verb, options->detect.seed);
    add_jobs_option(verb, options->detect.jobs);
    verb.add_option("--format", options->format, "text, json, or markdown").one_of({"text", "json", "markdown"});
    add_progress_option(verb, options->progress);
    verb.callback([options, &run] {
        run = [options] { return run_verb("faults", options->format, [&] { return run_detect(*options); }); };
    });
}

}  // namespace

void add_faults(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("faults", "bugs that can be switched on: list, or detect");
    verb.require_subcommand();
    const auto format = std::make_shared<std::string>("text");
    const Command list = verb.add_subcommand("list", "the same as 'vmacheck list faults'");
    add_format_option(list, *format);
    list.callback([format, &run] { run = [format] { return run_list("faults", *format); }; });
    add_detect(verb, run);
}

}  // namespace vmacheck::cli
