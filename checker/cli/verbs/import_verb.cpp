// vmacheck import: strace's text and a maps text become a trace that goes where the recorded kernel went.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/output_files.hpp"
#include "checker/cli/options/recording_summary.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/conform/layout_comparison.hpp"
#include "checker/conform/lockstep.hpp"
#include "traces/format/input_error.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string layout;
    std::string log;
    std::string out;
    std::string maps;
    bool check = false;
};

// A text that cannot be read. what() is the whole message.
class FileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

std::string read_file(const std::string& path) {
    if (const auto wrong = why_not_a_file(path)) throw FileError(*wrong);
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) throw FileError(path + ": cannot be read; check its permissions");
    return text;
}

int import_texts(const Options& options, const std::string& layout, const std::string& log,
                 const std::optional<std::vector<MapsLine>>& maps) {
    Import import = import_recording(layout, log);
    import.trace.header.title = "recorded: " + std::filesystem::path(options.log).filename().string();
    const Lockstep lockstep = replay_in_lockstep(import);
    if (options.check && lockstep.calls == 0)
        throw std::runtime_error("holds no call, so there is nothing to compare; record with strace -f -y");
    std::optional<LayoutComparison> layouts;
    if (maps) {
        if (lockstep.layouts.empty())
            throw std::runtime_error("the program never opened /proc/self/maps in this log; leave out --maps");
        layouts = compare_layout(import, lockstep.layouts.back(), *maps);
    }
    const bool trace_on_output = options.out.empty() && !options.check;
    if (trace_on_output) fmt::print("{}", write_trace(lockstep.trace));
    OutputErrors writing;
    if (!options.out.empty()) writing.attempt([&] { write_trace_to(options.out, lockstep.trace); });

    const RecordingSummary summary(trace_on_output ? stderr : stdout);
    summary.calls(import, lockstep, options.log);
    if (layouts) summary.layouts(*layouts, options.maps);
    if (!options.out.empty()) summary.next("replay", options.out);
    if (!options.check) return writing.finish(exit_code(Verdict::holds));
    const Verdict replayed = replay_checked(lockstep.trace, summary);
    const bool explained =
        none_unexplained(lockstep.differences) && (!layouts || none_unexplained(layouts->differences));
    return writing.finish(exit_code(replayed != Verdict::holds || explained ? replayed : Verdict::differs));
}

int run_import(const Options& options) {
    try {
        if (!options.out.empty()) expect_file(options.out);
        const std::string layout = read_file(options.layout);
        if (options.check && layout.find_first_not_of(" \n") == std::string::npos)
            throw FileError(options.layout + ": holds no mapping, so there is nothing to compare; give /proc/PID/maps");
        const std::string log = read_file(options.log);
        std::optional<std::vector<MapsLine>> maps;
        if (!options.maps.empty()) maps = parse_maps(read_file(options.maps));
        return import_texts(options, layout, log, maps);
    } catch (const FileError& error) {
        print_error(error.what());
    } catch (const OutputError& error) {
        print_error(error.what());
    } catch (const ImportError& error) {
        print_error(fmt::format("{}:{}:{}: {}", error.in_layout() ? options.layout : options.log, error.line(),
                                error.column(), error.what()));
    } catch (const InputError& error) {
        print_error(error.located(options.maps));
    } catch (const std::system_error&) {
        throw;  // of printing; not about the log
    } catch (const std::runtime_error& error) {
        print_error(fmt::format("{}: {}", options.log, error.what()));
    }
    return exit_code(Verdict::bad_input);
}

}  // namespace

void add_import(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("import", "turn strace's log of a program into a trace, and compare the model with it");
    const auto options = std::make_shared<Options>();
    verb.add_option("--layout", options->layout, "/proc/PID/maps at the first instruction after execve").required();
    verb.add_option("LOG", options->log, "what strace -f -y wrote").required();
    verb.add_option(
        "-o,--out,--output", options->out,
        "where the trace goes; without this and --check, to standard output, and the summary to standard error");
    verb.add_option("--maps", options->maps, "/proc/self/maps as the program last read it, to compare layouts");
    verb.add_flag("--check", options->check,
                  "replay with every property; succeed only if every difference has a cause");
    verb.callback([options, &run] { run = [options] { return run_import(*options); }; });
}

}  // namespace vmacheck::cli
