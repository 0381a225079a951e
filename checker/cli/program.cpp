// vmacheck: the command line. Each verb is a file in checker/cli/verbs.
#include "checker/cli/program.hpp"

#include "checker/cli/options/exit_codes.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/verbs/campaign_output.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/exhaustive/mpi_module.hpp"
#include "checker/run/verdict.hpp"
#include "checker/run/version.hpp"
#include "model/state/number.hpp"
#include "traces/format/did_you_mean.hpp"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

namespace vmacheck::cli {
namespace {

std::string exit_code_lines() {
    std::string text = "Exit codes:";
    for (const ExitCode& each : exit_codes) text += fmt::format("\n  {:>3}  {}", each.code, each.meaning);
    return text;
}

// What a failure must know of the arguments before they are parsed.
struct Request {
    std::string verb;
    bool json = false;
};

Request request_of(int argc, char** argv) {
    Request request;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (i == 1 && word.rfind('-', 0) != 0) request.verb = word;
        request.json |= word == "--format=json" || (word == "json" && std::string_view(argv[i - 1]) == "--format");
    }
    return request;
}

int fail(const Request& request, int code, const std::string& message) {
    if (request.json) print_error_object(request.verb, {message});
    print_error(message);
    return code;
}

std::string verbs_of(const CLI::App& app) {
    std::string verbs;
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        verbs += (verbs.empty() ? "" : ", ") + each->get_name();
    return verbs;
}

std::vector<std::string_view> verb_names(const CLI::App& app) {
    std::vector<std::string_view> names;
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(each->get_name());
    return names;
}

// Without a verb the library would only say that a subcommand is required.
std::string explained(const CLI::App& app, const CLI::ParseError& error) {
    if (!app.get_subcommands().empty()) {
        std::string what = error.what();
        if (what.rfind(": ", 0) == 0) what.erase(0, 2);  // of an option without a group CLI11 has no name to begin with
        return fmt::format("{} ('vmacheck {} --help' lists its options)", what,
                           app.get_subcommands().front()->get_name());
    }
    const std::vector<std::string> words = app.remaining();
    const std::string what =
        words.empty() ? "no verb is given"
        : words.front().rfind('-', 0) == 0
            ? fmt::format("unknown option '{}'", words.front())
            : fmt::format("unknown verb '{}'{}", words.front(), did_you_mean(words.front(), verb_names(app)));
    return fmt::format("{}; the verbs are {}", what, verbs_of(app));
}

int run_program(int argc, char** argv) {
    CLI::App app{"vmacheck: a deterministic model checker for Linux VMA operations", "vmacheck"};
    app.require_subcommand(1);
    app.set_version_flag("--version", "vmacheck " + std::string(program_version), "print the version and exit");
    Run run;
    const Command verbs(&app);
    add_campaign(verbs, run);
    add_explore(verbs, run);
    add_tour(verbs, run);
    add_random(verbs, run);
    add_guide(verbs, run);
    add_reach(verbs, run);
    add_prove(verbs, run);
    add_replay(verbs, run);
    add_explain(verbs, run);
    add_minimise(verbs, run);
    add_export(verbs, run);
    add_merge(verbs, run);
    add_compare(verbs, run);
    add_conform(verbs, run);
    add_probe(verbs, run);
    add_diff(verbs, run);
    add_import(verbs, run);
    add_record(verbs, run);
    add_faults(verbs, run);
    add_list(verbs, run);
    add_completion(verbs, run);
    add_man(verbs, run);
    app.footer(exit_code_lines());  // last, or each verb would take it over
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
        // A version that lacks a fault or a profile that is named cannot be judged, which git bisect run wants to know.
        const bool bisect = std::find(argv, argv + argc, std::string_view("--bisect")) != argv + argc;
        const int code = exit_code(Verdict::bad_input);
        return fail(request_of(argc, argv), bisect ? bisect_code(code) : code, explained(app, error));
    }
    const int code = run();
    // A full disk behind standard output shows here at the latest.
    if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category());
    return code;
}

// Of processes that search together the first alone speaks. What another one has to say, it says through that one.
void keep_later_ranks_silent(int argc, char** argv) {
    if (std::find(argv, argv + argc, std::string_view("--mpi")) == argv + argc || !is_later_rank()) return;
    for (std::FILE* each : {stdout, stderr})
        if (std::freopen("/dev/null", "w", each) == nullptr) std::fclose(each);
}

}  // namespace

int program(int argc, char** argv) {
    keep_later_ranks_silent(argc, argv);
    try {
        return run_program(argc, argv);
    } catch (const InternalAssertion& assertion) {
        return fail(request_of(argc, argv), exit_code(Verdict::internal),
                    std::string("internal assertion of the model: ") + assertion.what());
    } catch (const std::system_error& error) {  // thrown by fmt::print; no JSON can be printed either
        print_error("standard output cannot be written: " + error.code().message());
        return exit_code(Verdict::bad_input);
    } catch (const std::exception& error) {
        return fail(request_of(argc, argv), exit_crash, std::string("unexpected failure: ") + error.what());
    } catch (...) {  // the model throws values that are no std::exception
        return fail(request_of(argc, argv), exit_crash, "unexpected failure: an exception of unknown type");
    }
}

}  // namespace vmacheck::cli
