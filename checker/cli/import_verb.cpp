// vmacheck import: strace's text and a maps text become a trace that goes where the recorded kernel went.
#include "checker/cli/import_verb.hpp"

#include "checker/follow.hpp"
#include "checker/property_check.hpp"
#include "checker/replay.hpp"
#include "traces/input_error.hpp"
#include "traces/writer.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace vmacheck::cli {
namespace {

struct Options {
    std::string layout;
    std::string log;
    std::string out;
    std::string maps;
    bool check = false;
};

std::optional<std::string> read_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

void print_causes(const std::vector<NamedDifference>& differences, const std::string& file) {
    for (const NamedDifference& each : differences)
        fmt::print("    {}:{}: {}: {}\n", file, each.line, info(each.cause).name, each.text);
    const CauseCounts counts = count_causes(differences);
    for (std::size_t cause = 0; cause < counts.size(); ++cause)
        if (counts[cause] > 0)
            fmt::print("  {} x {}: {}\n", counts[cause], info(static_cast<Cause>(cause)).name,
                       info(static_cast<Cause>(cause)).sentence);
}

void print_summary(const Import& import, const Followed& followed, const Options& options) {
    fmt::print("{}: {} calls, {} agree ({:.2f} %), {} differ\n", options.log, followed.calls, followed.agreed,
               followed.calls == 0 ? 100.0
                                   : 100.0 * static_cast<double>(followed.agreed) / static_cast<double>(followed.calls),
               followed.differences.size());
    for (const std::string& note : import.notes) fmt::print("  note: {}\n", note);
    print_causes(followed.differences, options.log);
    const auto skipped = import.skip_counts();
    for (std::size_t reason = 0; reason < skipped.size(); ++reason)
        if (skipped[reason] > 0)
            fmt::print("  {} calls left out as {}: {}\n", skipped[reason], name(static_cast<SkipReason>(reason)),
                       meaning(static_cast<SkipReason>(reason)));
}

// Replays what was written, with every property. Prints what breaks.
int replay_checked(const Trace& trace) {
    ReplayOptions options;
    options.check = check_all_properties();
    const ReplayResult result = replay(trace, options);
    for (const FoundViolation& each : result.violations)
        fmt::print("  step {}: {}: {}\n", each.step, each.violation.property, each.violation.text);
    for (const Difference& each : result.differences)
        fmt::print("  step {}: {}: stated {}, model {}\n", each.step, each.what, each.stated, each.seen);
    if (result.verdict == ReplayVerdict::error) throw std::runtime_error(result.error);
    fmt::print("  replayed {} steps with every property: {}\n", result.steps, name(result.verdict));
    return result.verdict == ReplayVerdict::violated  ? exit_violated
           : result.verdict == ReplayVerdict::differs ? exit_differs
                                                      : exit_holds;
}

bool compare_maps(const Import& import, const Followed& followed, const std::vector<MapsLine>& maps,
                  const std::string& path) {
    if (followed.layouts.empty()) throw std::runtime_error("the program never opened /proc/self/maps in this log");
    const LayoutComparison comparison = compare_layout(import, followed.layouts.back(), maps);
    fmt::print("{}: {} VMAs, {} equal, {} differences\n", path, comparison.vmas, comparison.equal,
               comparison.differences.size());
    print_causes(comparison.differences, path);
    return count_causes(comparison.differences)[static_cast<std::size_t>(Cause::unexplained)] == 0;
}

int import_texts(const Options& options, const std::string& layout, const std::string& log,
                 const std::optional<std::vector<MapsLine>>& maps) {
    Import import = import_recording(layout, log);
    import.trace.header.title = "recorded: " + std::filesystem::path(options.log).filename().string();
    const Followed followed = follow(import);
    if (!options.out.empty()) {
        if (const auto error = write_trace_file(options.out, followed.trace)) throw std::runtime_error(*error);
    }
    print_summary(import, followed, options);
    bool explained = followed.counts()[static_cast<std::size_t>(Cause::unexplained)] == 0;
    if (maps) explained = compare_maps(import, followed, *maps, options.maps) && explained;
    if (!options.out.empty()) fmt::print("next: ./vmacheck replay {}\n", options.out);
    if (!options.check) return exit_holds;
    const int replayed = replay_checked(followed.trace);
    return replayed != exit_holds ? replayed : explained ? exit_holds : exit_differs;
}

int run_import(Options options) {
    if (options.out.empty() && !options.check)
        options.out = std::filesystem::path(options.log).replace_extension(".jsonl").string();
    const auto layout = read_file(options.layout);
    const auto log = read_file(options.log);
    const auto maps_text = options.maps.empty() ? std::optional<std::string>("") : read_file(options.maps);
    if (!layout || !log || !maps_text) {
        complain("cannot read " + (!layout ? options.layout : !log ? options.log : options.maps));
        return exit_bad_input;
    }
    std::optional<std::vector<MapsLine>> maps;
    try {
        if (!options.maps.empty()) maps = parse_maps(*maps_text);
    } catch (const InputError& error) {
        complain(error.located(options.maps));
        return exit_bad_input;
    }
    try {
        return import_texts(options, *layout, *log, maps);
    } catch (const ImportError& error) {
        complain(fmt::format("{}:{}:{}: {}", error.in_layout() ? options.layout : options.log, error.line(),
                             error.column(), error.what()));
    } catch (const InternalAssertion&) {
        throw;
    } catch (const std::runtime_error& error) {
        complain(fmt::format("{}: {}", options.log, error.what()));
    }
    return exit_bad_input;
}

}  // namespace

void add_import(CLI::App& app, Run& run) {
    CLI::App* verb =
        app.add_subcommand("import", "turn strace's log of a program into a trace, and compare the model with it");
    const auto options = std::make_shared<Options>();
    verb->add_option("--layout", options->layout, "/proc/PID/maps at the first instruction after execve")->required();
    verb->add_option("LOG", options->log, "what strace -f -y wrote")->required();
    verb->add_option("-o,--output", options->out, "the trace; LOG with .jsonl if neither this nor --check is given");
    verb->add_option("--maps", options->maps, "/proc/self/maps as the program last read it, to compare layouts");
    verb->add_flag("--check", options->check,
                   "replay with every property; succeed only if every difference has a cause");
    verb->callback([options, &run] { run = [options] { return run_import(*options); }; });
}

}  // namespace vmacheck::cli
