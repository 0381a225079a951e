// vmacheck conform: holds a subject against the model, on traces, tours of scopes and random operations.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/exit_codes.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/stop_signal.hpp"
#include "checker/cli/options/subject_model.hpp"
#include "checker/cli/options/trace_input.hpp"
#include "checker/cli/verbs/search_verb.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/config/own_files.hpp"
#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/report/conform_report.hpp"
#include "checker/report/exports/c_program.hpp"
#include "checker/report/exports/vma_test.hpp"
#include "checker/report/html/conform_page.hpp"
#include "checker/report/html/tree_coverage_page.hpp"
#include "checker/report/progress.hpp"
#include "checker/run/setup.hpp"
#include "checker/subject/named_subjects.hpp"
#include "checker/subject/tree_source.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <optional>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

constexpr const char* corpus = "traces/corpus";
constexpr std::string_view tree_prefix = "tree:";

struct Options : SearchOptions {
    std::string on;
    std::vector<std::string> paths;  // of traces; empty: the default ones, tours and random operations
    std::string scopes = "peer";     // comma-separated; "none"
    std::string mix = "all";
    std::string failures = "on";
    std::string html;      // file of the page; empty: none
    std::string coverage;  // file of the page of a tree's lines; empty: none
    bool sanitize = false;
    bool bisect = false;
    std::string suite;  // file of the statement, without its ending; empty: none
    bool has_ops = false;
    unsigned jobs = 0;  // 0: by the subject
    std::uint64_t ops = 100'000;
    SubjectOptions subject;
    SubjectCheckOptions check;
    ModelOptions model;
};

std::vector<Trace> read_traces(const std::vector<std::string>& paths) {
    const TraceFiles files = find_traces(paths);
    if (!files.error.empty()) throw std::runtime_error(files.error);
    std::vector<Trace> traces;
    for (const std::string& each : files.paths) {
        auto read = read_named_trace(each);
        if (const auto* message = std::get_if<std::string>(&read)) throw std::runtime_error(*message);
        traces.push_back(std::get<Trace>(std::move(read)));
        traces.back().header.title = each;
    }
    return traces;
}

std::vector<Scope> read_scopes(const std::string& names) {
    std::vector<Scope> scopes;
    for (std::size_t at = 0; names != "none" && at <= names.size();) {
        const std::size_t end = std::min(names.find(',', at), names.size());
        const std::string name = names.substr(at, end - at);
        auto scope = built_in_scope(name, 0);
        if (!scope) throw std::runtime_error(fmt::format("no scope '{}'; 'vmacheck list scopes' shows them", name));
        scopes.push_back(*std::move(scope));
        at = end + 1;
    }
    return scopes;
}

void choose_sources(Options& options) {
    const bool given = !options.paths.empty();
    if (given)
        options.check.traces = read_traces(options.paths);
    else
        options.check.traces = read_traces({std::filesystem::is_directory(corpus) ? corpus : own_file(corpus)});
    if (!given) options.check.scopes = read_scopes(options.scopes);
    options.check.random.ops = given && !options.has_ops ? 0 : options.ops;
    options.check.random.vma_only = options.mix == "vma";
    options.check.random.failures = options.failures == "on";
    options.check.random.stop = StopSignal::flag();
}

std::string path_of_tree(const Options& options) {
    return tree_path(options.on.substr(tree_prefix.size()), options.subject.may_install);
}

// A program, or a test of the kernel's, that shows the finding: not where it would leave out what matters in the last call.
template <class F>
std::variant<Exported, NoExport> exported(const Trace& trace, F&& f) {
    if (!trace.steps.empty() && trace.steps.back().op.fail_alloc.nth != 0)
        return NoExport{"an allocation fails in its last call"};
    return f(trace);
}

// What a kernel tree has in addition: the functions that the last call goes through, and the trace as one of its tests.
void add_what_trees_show(const Options& options, FoundDifference& found, OutputErrors& errors) {
    if (!options.on.starts_with(tree_prefix) || options.bisect) return;
    try {
        found.calls = tree_calls_of_last_step(path_of_tree(options), found.finding.trace);
    } catch (const std::exception& error) {
        found.no_calls = error.what();
    }
    errors.attempt([&] {
        const std::filesystem::path path = std::filesystem::path(found.finding.path).replace_extension("");
        const auto test = exported(found.finding.trace,
                                   [&path](const Trace& trace) { return vma_test(trace, path.filename().string()); });
        if (const auto* made = std::get_if<Exported>(&test)) {
            found.test = path.string() + ".vma-test.c";
            write_text_to(found.test, made->text);
        } else {
            found.no_test = std::get<NoExport>(test).why;
        }
    });
}

void write_findings(const Options& options, ConformReport& report, OutputErrors& errors) {
    std::size_t number = 0;
    for (FoundDifference& each : report.result.found) {
        Finding& finding = each.finding;
        finding.path = fmt::format("{}/conform-{:02}-{}.jsonl", options.out, ++number, finding.property());
        errors.attempt([&] {
            make_directory(options.out);
            write_trace_to(finding.path, finding.trace);
            const auto program = exported(finding.trace, [](const Trace& trace) { return c_program(trace); });
            if (const auto* made = std::get_if<Exported>(&program)) {
                each.program = std::filesystem::path(finding.path).replace_extension(".c").string();
                write_text_to(each.program, made->text);
            } else {
                each.no_program = std::get<NoExport>(program).why;
            }
        });
        add_what_trees_show(options, each, errors);
    }
}

// What was asked of the subject when it was lost.
void write_losses(const Options& options, ConformReport& report, OutputErrors& errors) {
    std::size_t number = 0;
    for (Loss& each : report.result.losses) {
        const std::string path = fmt::format("{}/lost-{:02}.jsonl", options.out, ++number);
        errors.attempt([&] {
            make_directory(options.out);
            write_trace_to(path, each.trace);
            each.path = path;
        });
    }
}

void write_suite(const Options& options, const ConformReport& report, OutputErrors& errors) {
    if (options.suite.empty()) return;
    errors.attempt([&] {
        write_text_to(options.suite + ".md", statement_markdown(report));
        write_text_to(options.suite + ".json", json::serialize(statement_json(report)) + "\n");
    });
}

void choose_tree_build(Options& options) {
    const bool covered = !options.coverage.empty();
    if (!covered && !options.sanitize) return;
    if (!options.on.starts_with(tree_prefix))
        throw std::runtime_error(
            fmt::format("{} is of a kernel tree: --on tree:PATH", covered ? "--coverage" : "--sanitize"));
    if (covered && options.sanitize)
        throw std::runtime_error("--coverage and --sanitize are different builds of the tree");
    options.subject.tree = covered ? TreeBuild::covered : TreeBuild::sanitized;
    if (!covered) return;
    expect_file(options.coverage);
    forget_tree_coverage(path_of_tree(options));
}

// Returns a line for each file of the tree that matters most.
std::string write_coverage(const Options& options, const ConformReport& report, OutputErrors& errors) {
    if (options.coverage.empty()) return {};
    std::string text;
    errors.attempt([&] {
        const std::vector<CoveredFunction> functions = tree_coverage(path_of_tree(options));
        write_text_to(options.coverage, html::tree_coverage_page(options.on, report.result.subject.version,
                                                                 options.again.with({}), functions));
        for (const char* each :
             {"mm/vma.c", "mm/mmap.c", "mm/mremap.c", "mm/mprotect.c", "mm/mlock.c", "mm/madvise.c"}) {
            const CoverageTotal total = coverage_total(functions, each);
            if (total.lines == 0) continue;
            text += fmt::format("coverage    {}: {} of {} lines, {} of {} branches, {} of {} functions\n", each,
                                total.lines_reached, total.lines, total.branches_taken, total.branches,
                                total.functions_reached, total.functions);
        }
        text += fmt::format("coverage    {}\n", options.coverage);
    });
    return text;
}

// Where several work at the same time, the first of all minimises what they find.
std::vector<std::unique_ptr<Subject>> more_subjects(const Options& options) {
    const unsigned jobs = options.jobs == 0 && !row_of_subject(options.on).several ? 1 : threads(options.jobs);
    std::vector<std::unique_ptr<Subject>> more;
    while (jobs > 1 && more.size() < jobs) more.push_back(subject_named(options.on, options.subject));
    return more;
}

Verdict conform_verb(Options& options, OutputErrors& errors) {
    if (!options.html.empty()) expect_file(options.html);
    choose_sources(options);
    choose_tree_build(options);
    auto subject = subject_named(options.on, options.subject);
    choose_model_of(*subject, options.model);
    apply_model_options(options.model, options.check.random.setup);
    ProgressDisplay progress("conform", progress_style(options.progress));
    ConformReport report{options.on, {}, model_name(options.check.random.setup), options.check.random.seed};
    {
        SubjectPool subjects(*subject, more_subjects(options));
        const StopSignal stop;
        report.result = check_subject(subjects, options.check, [&](const Progress& now) { progress.show(now); });
    }
    if (!report.result.error.empty()) throw std::runtime_error(report.result.error);
    const double elapsed_s = progress.elapsed_s();
    progress.finish(report.result.steps());
    write_findings(options, report, errors);
    write_losses(options, report, errors);
    write_suite(options, report, errors);
    subject.reset();  // a program counts its lines when it ends
    const std::string coverage = write_coverage(options, report, errors);
    if (!options.html.empty()) errors.attempt([&] { write_text_to(options.html, html::conform_page(report)); });
    const Verdict verdict = report.result.verdict();
    if (options.json()) {
        json::object fields = report_json(report);
        fields.emplace("errors", errors.errors());
        fields.emplace("timing", json::object{{"elapsed_s", elapsed_s}});
        print_search_json("conform", verdict, report.result.started, fields);
    } else if (options.format == "tap") {
        fmt::print("{}", report_tap(report));
    } else {
        fmt::print("{}{}", report_text(report), coverage);
        if (report.result.found.empty())
            fmt::print("next: {}\n", options.again.with({{"--seed", fmt::to_string(report.seed + 1)}}));
    }
    return verdict;
}

int run_conform(Options options) {
    std::optional<Verdict> judged;
    const int code = run_search_verb("conform", options, [&](OutputErrors& errors) {
        try {
            judged = conform_verb(options, errors);
        } catch (const SubjectLost& lost) {
            print_error(fmt::format("{}: {}", options.on, lost.what()));
            judged = Verdict::undecided;
        }
        return *judged;
    });
    if (!options.bisect) return code;
    return bisect_code(judged ? exit_code(*judged) : code);  // git bisect wants no output
}

}  // namespace

void add_conform(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("conform", "holds a subject against the model; what differs is minimised on it");
    const auto options = std::make_shared<Options>();
    RandomConformOptions& random = options->check.random;
    verb.add_option("--on", options->on, "the subject; 'vmacheck list subjects' shows them").required();
    verb.add_option("TRACE", options->paths,
                    "traces, or directories of traces, to perform (default: the corpus, tours, random operations)");
    verb.add_option_function(
        "--ops",
        [options](const std::string& text) -> std::string {
            options->has_ops = true;
            const bool number =
                !text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == std::string::npos;
            if (!number) return "'" + text + "' is no number of operations";
            options->ops = std::stoull(text);
            return {};
        },
        "random operations (default 100000; 0: none)");
    add_seed_option(verb, random.seed);
    verb.add_option("--mix", options->mix,
                    "all: every operation that the subject performs; vma: mmap, munmap, mprotect and madvise")
        .one_of({"all", "vma"});
    verb.add_option("--failures", options->failures,
                    "on or off: let allocations of a kernel tree's code fail, but in the mix vma (default on)")
        .one_of({"on", "off"});
    verb.add_option("--scopes", options->scopes,
                    "scopes whose tours are taken, separated by commas; none (default peer)");
    verb.add_option("--pages", random.limits.pages, "size of the window that addresses lie in (default 40)")
        .between(8u, 100'000u);
    verb.add_option("--max-vmas", random.limits.vmas, "above it random operations only unmap (default 24)")
        .between(1, 100'000);
    verb.add_option("--processes", random.limits.processes, "at a time (default 3)").between(1u, max_processes);
    add_jobs_option(verb, options->jobs,
                    "subjects at work at the same time (default: one a processor, but 1 of guest:, uml and exec:); the "
                    "result is the same for any number");
    verb.add_option("--suite", options->suite, "writes the conformance statement to this path, with .md and .json");
    verb.add_option("--html", options->html, "write the statement and each difference to this file, as a page");
    verb.add_option("--coverage", options->coverage,
                    "of a kernel tree: write to this file, as a page, which lines and branches were executed");
    verb.add_flag(
        "--sanitize", options->sanitize,
        "of a kernel tree: check each access to an object, as KASAN does, and undefined behaviour, as UBSAN does");
    verb.add_option("--answer-time", options->subject.answer_seconds,
                    "seconds that an answer of the subject may take (default 60)")
        .between(1u, 86'400u);
    verb.add_flag("--bisect", options->bisect, "exit codes for git bisect run: 0 holds, 1 found, 125 cannot be judged");
    // Not among the findings of campaigns, which replay theirs.
    add_out_option(verb, options->out, "findings/conform");
    add_model_options(verb, options->model, ModelOf::subject);
    verb.add_option("--format", options->format, "text, json, or tap: as the kernel's tests report")
        .one_of({"text", "json", "tap"});
    add_progress_option(verb, options->progress);
    add_properties_option(verb);
    verb.callback([options, verb, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_conform(*options); };
    });
}

}  // namespace vmacheck::cli
