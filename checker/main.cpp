// vmacheck: the command line. Each verb is declared in a file of its own under checker/cli/.
#include "checker/cli/import_verb.hpp"
#include "checker/cli/verbs.hpp"
#include "model/number.hpp"

#include <exception>

namespace {

int run_program(int argc, char** argv) {
    using namespace vmacheck::cli;
    CLI::App app{"vmacheck: a deterministic model checker for Linux VMA operations", "vmacheck"};
    app.require_subcommand(1);
    Run run;
    add_replay(app, run);
    add_explain(app, run);
    add_import(app, run);
    add_list(app, run);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // --help
        complain(std::string(error.what()) + " (vmacheck --help lists verbs and options)");
        return exit_bad_input;
    }
    return run();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run_program(argc, argv);
    } catch (const vmacheck::InternalAssertion& assertion) {
        vmacheck::cli::complain(std::string("internal assertion of the model: ") + assertion.what());
        return vmacheck::cli::exit_internal;
    } catch (const std::exception& error) {
        vmacheck::cli::complain(std::string("unexpected failure: ") + error.what());
        return vmacheck::cli::exit_crash;
    }
}
