// vmacheck prove: every path of an operation from every start state of a neighbourhood, every property on each.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/finding_output.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/report/progress.hpp"
#include "checker/report/trace_command.hpp"
#include "checker/run/setup.hpp"
#include "checker/smt/prove/prove.hpp"
#include "model/faults/fault_table.hpp"
#include "model/state/build.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options : SearchOptions {
    prove::ProveOptions prove;
    ModelOptions model;
    Setup setup;
    std::string scope = "whole";
};

// How long the proof took.
struct Timing {
    double elapsed_s = 0;
    double cpu_s = 0;  // of all threads
};

double cpu_s() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::string path_of(const Options& options, const Finding& finding) {
    std::string name = finding.origin.unit;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ' ' || c == ',' || c == ':'; }, '-');
    return fmt::format("{}/{}-prove-{}.jsonl", options.out, finding.property(), name);
}

std::vector<Finding> write_findings(const Options& options, const prove::ProveResult& result, OutputErrors& errors) {
    std::vector<Finding> written;
    for (const Finding* each : result.findings()) {
        Finding& finding = written.emplace_back(*each);
        finding.path = path_of(options, finding);
        errors.attempt([&] {
            make_directory(options.out);
            write_trace_to(finding.path, finding.trace);
        });
    }
    return written;
}

Verdict verdict_of(const prove::ProveResult& result) {
    const std::vector<const Finding*> findings = result.findings();
    if (std::any_of(findings.begin(), findings.end(), [](const Finding* each) { return each->is_internal(); }))
        return Verdict::internal;
    if (!findings.empty()) return Verdict::violated;
    return result.counts.undecided > 0 || result.left > 0 ? Verdict::undecided : Verdict::holds;
}

// Obligations that were proved.
std::uint64_t proved_of(const prove::ProveResult& result) {
    const auto proved = [](const prove::Proved& each) { return each.decided() && !each.finding; };
    return static_cast<std::uint64_t>(std::count_if(result.proved.begin(), result.proved.end(), proved));
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

void print_text(const Options& options, const prove::ProveResult& result, Verdict verdict,
                const std::vector<Finding>& findings) {
    const prove::PathCounts& c = result.counts;
    const bool holds = verdict == Verdict::holds;
    fmt::print(
        "{:<11} {}: {}{} proved from {} start states\n", holds ? "proved" : word(verdict), model_name(options.setup),
        findings.empty() ? "" : plural(findings.size(), "obligation") + " violated, the others not all checked; ",
        plural(proved_of(result), "obligation"), result.start_states);
    fmt::print("paths       {} of the model, {} of its checks; {} runs\n", c.paths, c.parts, c.runs);
    const smt::SolverCounts& s = c.solver;
    fmt::print("questions   {}: {} implied by the path condition, {} by difference bounds,\n", c.questions, c.implied,
               s.by_order);
    fmt::print("            {} with a solution near a run, {} solved by Z3, {} undecided\n", s.nearby,
               s.queries - s.by_order - s.nearby, c.undecided);
    fmt::print("cases       taken as the table says: {}\n", cases_text(result.cases));
    fmt::print("digest      {}\n", digest_text(result.digest));
    for (const prove::Proved& each : result.proved)
        if (!each.decided()) fmt::print("undecided   {}: {}\n", each.name, plural(each.counts.undecided, "question"));
    if (result.left > 0)
        fmt::print("undecided   {}: {}\n", plural(result.left, "obligation"),
                   result.stopped ? "stopped by a signal" : "no units were left");
    for (const Finding& each : findings) {
        fmt::print("found       {}: {}: {}\n", each.origin.unit, each.property(), each.text());
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

void print_json(const Options& options, const prove::ProveResult& result, Verdict verdict,
                const std::vector<Finding>& found, const Timing& timing, const OutputErrors& errors) {
    json::array findings;
    for (const Finding& each : found)
        findings.emplace_back(finding_json(each)).as_object()["obligation"] = each.origin.unit;
    json::array undecided;
    for (const prove::Proved& each : result.proved)
        if (!each.decided()) undecided.emplace_back(each.name);
    json::array cases;
    for (unsigned which = 1; which <= 8; ++which)
        if ((result.cases >> which & 1) != 0) cases.emplace_back(which);
    const prove::PathCounts& c = result.counts;
    print_search_json(
        "prove", verdict, options.setup,
        {{"scope", options.scope},
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
         {"errors", errors.errors()},
         {"digest", digest_text(result.digest)},
         {"timing",
          json::object{{"elapsed_s", timing.elapsed_s}, {"cpu_s", timing.cpu_s}, {"jobs", options.prove.jobs}}}});
}

// The model to prove, and where.
void set_up(Options& options) {
    apply_model_options(options.model, options.setup);
    options.prove.profile = &profile_of(options.setup);
    options.prove.faults = faults_of(options.setup);
    options.prove.scope = options.scope == "small" ? prove::Scope::small : prove::Scope::whole;
    options.prove.jobs = threads(options.prove.jobs);
    options.prove.solver.dump_dir = options.dump_dir;
    options.prove.stop = StopSignal::flag();
}

Verdict search(const Options& options, OutputErrors& errors) {
    ProgressDisplay progress("prove", progress_style(options.progress), "obligations");
    const double cpu_before = cpu_s();
    const prove::ProveResult result = [&] {
        const StopSignal stop;
        return prove::prove(options.prove, [&](const Progress& now) { progress.show(now); });
    }();
    const Timing timing{progress.elapsed_s(), cpu_s() - cpu_before};
    if (result.proved.empty() && result.left == 0)
        throw BadInputs({"--only " + options.prove.only + ": names no obligation"});
    progress.finish(result.proved.size());
    const std::vector<Finding> findings = write_findings(options, result, errors);
    const Verdict verdict = verdict_of(result);
    if (options.json())
        print_json(options, result, verdict, findings, timing, errors);
    else
        print_text(options, result, verdict, findings);
    return verdict;
}

int run_prove_verb(Options options) {
    set_up(options);
    return run_search_verb("prove", options, [&](OutputErrors& errors) { return search(options, errors); });
}

}  // namespace

void add_prove(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("prove", "every path from every start state of a neighbourhood, see checker/smt/PROOF.md");
    const auto options = std::make_shared<Options>();
    verb.add_option("--scope", options->scope, "whole (minutes), or small (seconds)").one_of({"whole", "small"});
    verb.add_option("--only", options->prove.only, "obligations whose name begins with this");
    add_jobs_option(verb, options->prove.jobs);
    verb.add_option("--units-per-query", options->prove.solver.units_per_query,
                    "resource units of the solver for a question (default 20000000)")
        .between(1, std::uint64_t{1} << 53);
    verb.add_option("--units", options->prove.units_in_all, "resource units of the solver in all (default: no limit)")
        .between(1, std::uint64_t{1} << 53);
    add_dump_option(verb, options->dump_dir);
    add_out_option(verb, options->out, "findings");
    add_model_options(verb, options->model);
    add_format_option(verb, options->format);
    add_progress_option(verb, options->progress);
    verb.callback([options, verb, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_prove_verb(*options); };
    });
}

}  // namespace vmacheck::cli
