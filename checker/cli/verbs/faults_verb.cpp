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
#include <span>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    std::vector<std::string> slugs;
    std::string engines;  // comma-separated
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
        const FaultInfo* one = &info(*fault);
        if (std::find(faults.begin(), faults.end(), one) == faults.end()) faults.push_back(one);
    }
    return faults;
}

std::vector<std::string> engines_named(const std::string& text) {
    std::vector<std::string> engines;
    const std::span<const std::string_view> all = detect_engines();
    for (std::size_t at = 0; !text.empty() && at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        engines.push_back(text.substr(at, end - at));
        if (std::find(all.begin(), all.end(), engines.back()) == all.end())
            throw BadInputs(
                {fmt::format("--engine: there is no engine '{}'; there are {}", engines.back(), fmt::join(all, ", "))});
        at = end + 1;
    }
    return engines;
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

// The headlines of all engines that found it, each once, the first engine's first.
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
    head = {"fault", "kind", "profile"};
    if (!rows.empty())
        for (const Detection& each : rows.front().engines) head.emplace_back(each.engine);
    head.emplace_back("property");
    for (const FaultRow& each : rows) {
        std::vector<std::string>& line = table.emplace_back();
        line = {std::string(each.fault->name), std::string(kind_name(*each.fault)), std::string(each.profile)};
        for (const Detection& engine : each.engines) line.push_back(cell(engine));
        line.push_back(properties_of(each));
    }
    return table;
}

std::size_t count(const std::vector<FaultRow>& rows, FaultKind kind) {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const FaultRow& each) { return each.fault->kind == kind; }));
}

// Of those of a kind, how many the predicate is true of: "3 of 4".
template <class F>
std::string share(const std::vector<FaultRow>& rows, FaultKind kind, const F& f) {
    const auto true_of = [&](const FaultRow& each) { return each.fault->kind == kind && f(each); };
    return fmt::format("{} of {}", std::count_if(rows.begin(), rows.end(), true_of), count(rows, kind));
}

// "3 of 4 real, 2 of 2 synthetic".
std::string summary(const std::vector<FaultRow>& rows) {
    const auto found = [](const FaultRow& each) { return each.first() != nullptr; };
    std::vector<std::string> parts;
    if (count(rows, FaultKind::real) != 0) parts.push_back(share(rows, FaultKind::real, found) + " real");
    if (count(rows, FaultKind::synthetic) != 0)
        parts.push_back(share(rows, FaultKind::synthetic, found) + " synthetic");
    return fmt::format("{}", fmt::join(parts, ", "));
}

void print_markdown_table(const std::vector<std::vector<std::string>>& table) {
    const auto line = [](const std::vector<std::string>& columns) {
        fmt::print("| {} |\n", fmt::join(columns, " | "));
    };
    line(table.front());
    line(std::vector<std::string>(table.front().size(), "---"));
    for (std::size_t i = 1; i < table.size(); ++i) line(table[i]);
}

// How many each engine finds, and the table.
void print_markdown(const std::vector<FaultRow>& rows) {
    std::vector<std::vector<std::string>> engines{{"engine", "real", "synthetic"}};
    for (std::size_t i = 0; !rows.empty() && i < rows.front().engines.size(); ++i) {
        const auto found = [&](const FaultRow& each) { return each.engines[i].found; };
        engines.push_back({std::string(rows.front().engines[i].engine), share(rows, FaultKind::real, found),
                           share(rows, FaultKind::synthetic, found)});
    }
    print_markdown_table(engines);
    fmt::print("\n");
    print_markdown_table(table_of(rows));
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
    if (options.format == "markdown") return print_markdown(rows);
    fmt::print("{:<11} {} found; operations until found -> operations of the minimised trace\n",
               verdict == Verdict::differs ? "not found" : word(verdict), summary(rows));
    print_columns(table_of(rows));
    const auto missed = std::find_if(rows.begin(), rows.end(), [](const FaultRow& each) { return !each.first(); });
    if (!rows.empty())
        fmt::print("next: ./vmacheck explain traces/faults/{}.jsonl\n",
                   missed == rows.end() ? rows.front().fault->name : missed->fault->name);
}

int run_detect(Options options) {
    const std::vector<const FaultInfo*> faults = faults_named(options.slugs);
    options.detect.engines = engines_named(options.engines);
    options.detect.traces = known_traces();
    options.detect.jobs = threads(options.detect.jobs);
    options.detect.stop = StopSignal::flag();
    ProgressDisplay progress("faults", progress_style(options.progress), faults.size() == 1 ? "fault" : "faults");
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
    verb.add_option("--engine", options->engines, "only these, comma-separated: random, guide, explore, prove, traces");
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
