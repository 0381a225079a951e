// vmacheck prove: every path of an operation from every start state of a neighbourhood, every property on each.
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/rerun_command.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/smt_verbs.hpp"
#include "checker/report/explain.hpp"
#include "checker/report/progress.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/model_name.hpp"
#include "checker/smt/prove/prove.hpp"
#include "model/faults/fault_table.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options {
    prove::ProveOptions prove;
    TraceHeader header;
    ModelOptions model;
    std::string scope = "whole";
    std::string out = "findings";
    std::string format = "text";
    std::string progress = "auto";
    RerunCommand again;
};

struct Told {
    const prove::ProofFinding* finding;
    std::string path;
};

// Seconds of all threads.
double cpu_s() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::string path_of(const Options& options, const prove::ProofFinding& finding) {
    std::string name = finding.obligation;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ' ' || c == ',' || c == ':'; }, '-');
    return fmt::format("{}/{}-prove-{}.jsonl", options.out, finding.violation.property, name);
}

std::vector<Told> write_findings(const Options& options, const prove::ProveResult& result, OutputErrors& writing) {
    std::vector<Told> told;
    for (const prove::ProofFinding* each : result.findings()) {
        told.push_back({each, path_of(options, *each)});
        writing.attempt([&] {
            make_directory(options.out);
            write_trace_to(told.back().path, each->trace);
        });
    }
    return told;
}

bool internal(const prove::ProveResult& result) {
    for (const prove::ProofFinding* each : result.findings())
        if (each->violation.property == internal_assertion_name) return true;
    return false;
}

int exit_code(const prove::ProveResult& result) {
    if (internal(result)) return exit_internal;
    if (!result.findings().empty()) return exit_violated;
    return result.counts.undecided > 0 || result.left > 0 ? exit_undecided : exit_holds;
}

std::string_view verdict(const prove::ProveResult& result) {
    switch (exit_code(result)) {
        case exit_holds: return "holds";
        case exit_violated: return "violated";
        case exit_undecided: return "inconclusive";
        default: return "error";
    }
}

// Shown to the end.
std::uint64_t proved_of(const prove::ProveResult& result) {
    const auto shown = [](const prove::Proved& each) { return each.decided() && !each.finding; };
    return static_cast<std::uint64_t>(std::count_if(result.proved.begin(), result.proved.end(), shown));
}

std::string cases_text(unsigned cases) {
    std::string text;
    for (unsigned which = 1; which <= 8; ++which)
        if ((cases >> which & 1) != 0) text += fmt::format("{}{}", text.empty() ? "" : " ", which);
    return text.empty() ? "none" : text + ((cases & 1) != 0 ? " and none" : "");
}

// The same with more units where they ran out.
std::string same_again(const Options& options, const prove::ProveResult& result) {
    if (result.stopped) return options.again.with({});
    if (result.left > 0) return options.again.with({{"--units", fmt::to_string(4 * options.prove.units_in_all)}});
    return options.again.with({{"--units-per-query", fmt::to_string(2 * options.prove.solver.units_per_query)}});
}

void print_text(const Options& options, const prove::ProveResult& result, const std::vector<Told>& findings) {
    const prove::PathCounts& c = result.counts;
    const bool holds = exit_code(result) == exit_holds;
    const std::string_view word = holds                                 ? "proved"
                                  : exit_code(result) == exit_undecided ? "undecided"
                                                                        : verdict(result);
    fmt::print(
        "{:<11} {}: {}{} proved from {} start states\n", word, model_name(options.header),
        findings.empty() ? "" : plural(findings.size(), "obligation") + " broken, the others not all looked at; ",
        plural(proved_of(result), "obligation"), result.start_states);
    fmt::print("paths       {} of the model, {} of its checks; {} runs\n", c.paths, c.parts, c.runs);
    const smt::SolverCounts& s = c.solver;
    fmt::print("questions   {}: {} follow from what stands, {} from the order of differences,\n", c.questions,
               c.implied, s.by_order);
    fmt::print("            {} have their other side near a run, {} asked of Z3, {} undecided\n", s.nearby,
               s.queries - s.by_order - s.nearby, c.undecided);
    fmt::print("cases       taken as the table says: {}\n", cases_text(result.cases));
    fmt::print("digest      {:#018x}\n", result.digest);
    for (const prove::Proved& each : result.proved)
        if (!each.decided()) fmt::print("undecided   {}: {}\n", each.name, plural(each.counts.undecided, "question"));
    if (result.left > 0)
        fmt::print("undecided   {}: {}\n", plural(result.left, "obligation"),
                   result.stopped ? "stopped by a signal" : "no units were left");
    for (const Told& each : findings) {
        fmt::print("found       {}: {}: {}\n", each.finding->obligation, each.finding->violation.property,
                   each.finding->violation.text);
        fmt::print("            {}\n", each.path);
    }
    if (!findings.empty())
        fmt::print("next: {}\n", trace_command("explain", findings.front().path));
    else if (!holds)
        fmt::print("next: {}\n", same_again(options, result));
    else  // under the other rule
        fmt::print("next: {}\n", options.model.profile.empty() ? options.again.with({{"--profile", "v5.10-loose"}})
                                                               : options.again.with({{"--profile", {}}}));
}

void print_json(const Options& options, const prove::ProveResult& result, const std::vector<Told>& told,
                double elapsed_s, double cpu, const OutputErrors& writing) {
    json::array findings;
    for (const Told& each : told)
        findings.push_back(json::object{{"property", each.finding->violation.property},
                                        {"on", "model"},
                                        {"text", each.finding->violation.text},
                                        {"obligation", each.finding->obligation},
                                        {"ops", each.finding->trace.steps.size()},
                                        {"trace", each.path},
                                        {"replay", trace_command("replay", each.path)}});
    json::array undecided;
    for (const prove::Proved& each : result.proved)
        if (!each.decided()) undecided.emplace_back(each.name);
    json::array cases;
    for (unsigned which = 1; which <= 8; ++which)
        if ((result.cases >> which & 1) != 0) cases.emplace_back(which);
    const prove::PathCounts& c = result.counts;
    json::object object{{"verb", "prove"}, {"verdict", verdict(result)}};
    add_model(object, options.header);
    const json::object rest{
        {"scope", options.scope},
        {"obligations", result.proved.size()},
        {"obligations_proved", proved_of(result)},
        {"obligations_left", result.left},
        {"start_states", result.start_states},
        {"paths", c.paths},
        {"check_paths", c.parts},
        {"runs", c.runs},
        {"questions", c.questions},
        {"implied", c.implied},
        {"queries", c.solver.queries},
        {"by_order", c.solver.by_order},
        {"nearby", c.solver.nearby},
        {"undecided_questions", c.undecided},
        {"undecided", undecided},
        {"units", c.solver.units},
        {"cases", cases},
        {"findings", findings},
        {"errors", writing.errors()},
        {"digest", fmt::format("{:#018x}", result.digest)},
        {"timing", json::object{{"elapsed_s", elapsed_s}, {"cpu_s", cpu}, {"jobs", options.prove.jobs}}}};
    object.insert(rest.begin(), rest.end());
    fmt::print("{}\n", json::serialize(object));
}

// The model to prove, and where it is to be looked at.
void set_up(Options& options) {
    apply_model_options(options.model, options.header);
    options.prove.profile = profile_named(options.header.profile);
    if (options.header.shipped) options.prove.faults.add(options.prove.profile->shipped);
    for (const std::string& each : options.header.faults)
        if (const auto fault = fault_named(each)) options.prove.faults.add(*fault);
    options.prove.scope = options.scope == "small" ? prove::Scope::small : prove::Scope::whole;
    options.prove.jobs = threads(options.prove.jobs);
    options.prove.stop = StopSignal::flag();
}

prove::ProveResult search(const Options& options, Progress& progress) {
    const StopSignal stop;
    return prove::prove(options.prove, [&](std::size_t done, std::size_t of) { progress.show(done, of); });
}

int run_verb(Options options) {
    set_up(options);
    try {
        expect_directory(options.out);
        if (!options.prove.solver.dump_dir.empty()) {
            expect_directory(options.prove.solver.dump_dir);
            make_directory(options.prove.solver.dump_dir);
        }
        Progress progress("prove", progress_style(options.progress), "obligations");
        const double cpu_before = cpu_s();
        const prove::ProveResult result = search(options, progress);
        const double elapsed_s = progress.elapsed_s();
        const double cpu = cpu_s() - cpu_before;
        progress.finish(result.proved.size());
        if (result.proved.empty() && result.left == 0)
            return bad_input("prove", options.format, "--only " + options.prove.only + ": names no obligation");
        OutputErrors writing;
        const std::vector<Told> findings = write_findings(options, result, writing);
        if (options.format == "json")
            print_json(options, result, findings, elapsed_s, cpu, writing);
        else
            print_text(options, result, findings);
        return writing.finish(exit_code(result));
    } catch (const OutputError& error) {
        return bad_input("prove", options.format, error.what());
    }
}

}  // namespace

void add_prove(CLI::App& app, Run& run) {
    CLI::App* verb = app.add_subcommand("prove", "every path from every start state of a neighbourhood, see PROOF.md");
    const auto options = std::make_shared<Options>();
    verb->add_option("--scope", options->scope, "whole (minutes), or small (seconds)")
        ->check(CLI::IsMember({"whole", "small"}));
    verb->add_option("--only", options->prove.only, "obligations whose name begins with this");
    add_jobs_option(*verb, options->prove.jobs);
    verb->add_option("--units-per-query", options->prove.solver.units_per_query,
                     "resource units of the solver for a question (default 20000000)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53));
    verb->add_option("--units", options->prove.units_in_all, "resource units of the solver in all (default: no limit)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53));
    verb->add_option("--dump-smt2", options->prove.solver.dump_dir, "directory for every question, as SMT-LIB 2");
    verb->add_option("--out", options->out, "directory that findings are written to (default findings)");
    add_model_options(*verb, options->model);
    add_format_option(*verb, options->format);
    verb->add_option("--progress", options->progress, "on standard error: auto, plain or none")
        ->check(CLI::IsMember({"auto", "plain", "none"}));
    verb->callback([options, verb, &run] {
        options->again = RerunCommand(*verb);
        run = [options] { return run_verb(*options); };
    });
}

}  // namespace vmacheck::cli
