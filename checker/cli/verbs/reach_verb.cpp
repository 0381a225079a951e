// vmacheck reach: a shortest trace to an event, an end of an operation, or a cell of the coverage grid.
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
#include "checker/smt/reach.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::cli {
namespace {

namespace json = boost::json;

struct Options : SearchOptions {
    std::string goal;
    bool search = false;  // whatever the grid says
    smt::ReachOptions reach;
    ModelOptions model;
};

// The goal and the result.
struct Answer {
    smt::Goal goal;
    smt::ReachSpace space;
    smt::ReachResult result;
    std::string path;  // of the trace
    double elapsed_s = 0;
};

std::string path_of(const Options& options, const smt::Goal& goal) {
    std::string name = goal.text;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '/' || c == ':'; }, '-');
    return fmt::format("{}/{}.jsonl", options.out, name);
}

// Each reason the grid has for calling the goal unreachable; nothing if one of its cells can be reached.
std::string grid_says(const smt::Goal& goal) {
    for (const smt::GoalCell& each : goal.cells)
        if (each.reason.empty()) return {};
    return goal.cells.front().reason;
}

// The same with a larger budget.
std::string with_more(const Options& options) {
    const std::string ops = fmt::to_string(4 * options.reach.ops);
    if (options.reach.units == 0) return options.again.with({{"--ops", ops}});
    return options.again.with({{"--ops", ops}, {"--units", fmt::to_string(4 * options.reach.units)}});
}

void print_text(const Options& options, const Answer& answer) {
    const smt::ReachResult& result = answer.result;
    const unsigned within = options.reach.within;
    switch (result.answer) {
        case smt::Reachability::reached:
            fmt::print("reached     {} in {}{}\n", result.cell, plural(result.trace.steps.size(), "operation"),
                       result.shortest ? ", and in no fewer" : "");
            break;
        case smt::Reachability::unreachable:
            fmt::print("unreachable {} within {} of the space below\n", answer.goal.text, plural(within, "operation"));
            break;
        case smt::Reachability::undecided:
            fmt::print("undecided   {}: ruled out within {}, {} at {}\n", answer.goal.text,
                       plural(result.decided, "operation"), result.stopped ? "stopped by a signal" : "given up",
                       result.decided + 1);
            break;
    }
    fmt::print("model       {}\n", model_name(options.reach.setup));
    fmt::print("searched    {} in {}; {} to the solver, {} without Z3\n", plural(result.paths, "path"),
               plural(result.steps, "step"), plural(result.solver.queries, "question"),
               result.solver.by_order + result.solver.nearby);
    fmt::print("space       {}\n", smt::describe(answer.space));
    if (const std::string reason = grid_says(answer.goal); !reason.empty()) fmt::print("the grid    {}\n", reason);
    if (answer.path.empty()) {
        const bool decided = result.answer != smt::Reachability::undecided;
        fmt::print("next: {}\n", result.stopped ? options.again.with({})
                                 : decided      ? options.again.with({{"--within", fmt::to_string(within + 1)}})
                                                : with_more(options));
        return;
    }
    fmt::print("trace       {}\n\n{}next: {}\n", answer.path, short_explanation(result.trace),
               trace_command("explain", answer.path));
}

void print_json(const Options& options, const Answer& answer, Verdict verdict, const OutputErrors& errors) {
    const smt::ReachResult& result = answer.result;
    const double per_s = answer.elapsed_s > 0 ? static_cast<double>(result.solver.queries) / answer.elapsed_s : 0;
    print_search_json("reach", verdict, options.reach.setup,
                      {{"goal", answer.goal.text},
                       {"answer", smt::name(result.answer)},
                       {"cell", result.cell},
                       {"ops", result.trace.steps.size()},
                       {"decided", result.decided},
                       {"within", options.reach.within},
                       {"space", smt::describe(answer.space)},
                       {"trace", answer.path},
                       {"paths", result.paths},
                       {"steps", result.steps},
                       {"queries", result.solver.queries},
                       {"units", result.solver.units},
                       {"errors", errors.errors()},
                       {"timing", json::object{{"elapsed_s", answer.elapsed_s}, {"answers_per_s", per_s}}}});
}

// The grid's reason is the answer; whether it is right is for a search to say.
Verdict answer_by_grid(const Options& options, const Answer& answer, const std::string& reason, OutputErrors& errors) {
    if (options.json()) {
        print_json(options, answer, Verdict::holds, errors);
        return Verdict::holds;
    }
    fmt::print("unreachable {}, as the grid states\n", answer.goal.text);
    fmt::print("the grid    {}\n", reason);
    fmt::print("next: {}\n", options.again.with({{"--search", ""}}));
    return Verdict::holds;
}

Verdict search(const Options& options, smt::Goal goal, OutputErrors& errors) {
    Answer answer{std::move(goal), {}, {}, {}, 0};
    if (const std::string reason = grid_says(answer.goal); !reason.empty() && !options.search) {
        answer.result.answer = smt::Reachability::unreachable;
        return answer_by_grid(options, answer, reason, errors);
    }
    const ProgressDisplay clock("reach", ProgressStyle::none);
    answer.space = smt::reach_space(answer.goal);
    answer.result = [&] {
        const StopSignal stop;
        return smt::reach(answer.goal, answer.space, options.reach);
    }();
    answer.elapsed_s = clock.elapsed_s();
    if (answer.result.answer == smt::Reachability::reached) {
        answer.path = path_of(options, answer.goal);
        errors.attempt([&] {
            make_directory(options.out);
            write_trace_to(answer.path, answer.result.trace);
        });
    }
    const Verdict verdict = answer.result.answer == smt::Reachability::undecided ? Verdict::undecided : Verdict::holds;
    if (options.json())
        print_json(options, answer, verdict, errors);
    else
        print_text(options, answer);
    return verdict;
}

int run_reach_verb(Options options) {
    auto goal = smt::goal_named(options.goal);
    if (const auto* wrong = std::get_if<std::string>(&goal)) return bad_input("reach", options.format, {*wrong});
    apply_model_options(options.model, options.reach.setup);
    options.reach.stop = StopSignal::flag();
    options.reach.dump_dir = options.dump_dir;
    return run_search_verb("reach", options, [&](OutputErrors& errors) {
        return search(options, std::get<smt::Goal>(std::move(goal)), errors);
    });
}

}  // namespace

void add_reach(const Command& app, Run& run) {
    const Command verb = app.add_subcommand("reach", "a shortest trace to an event, an errno, or a cell of the grid");
    const auto options = std::make_shared<Options>();
    verb.add_option("GOAL", options->goal, "an event (merge_case_6), OPERATION:ERRNO, or a cell (merge/6/file/some)")
        .required();
    verb.add_option("--within", options->reach.within, "operations, at most (default 4)").between(1u, 12u);
    verb.add_option("--ops", options->reach.ops, "operations to perform (default 3000000)")
        .between(1, std::uint64_t{1} << 53);
    verb.add_option("--units", options->reach.units, "resource units of the solver (default: no limit)")
        .between(1, std::uint64_t{1} << 53);
    verb.add_flag("--search", options->search, "search also where the grid has a reason why there is none");
    add_dump_option(verb, options->dump_dir);
    add_out_option(verb, options->out, "reached");
    add_model_options(verb, options->model);
    add_format_option(verb, options->format);
    verb.callback([options, verb, &run] {
        options->again = RerunCommand(verb);
        run = [options] { return run_reach_verb(*options); };
    });
}

}  // namespace vmacheck::cli
