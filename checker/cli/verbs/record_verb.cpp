// vmacheck record: runs a program under ptrace, and compares the model with what the kernel did for it, call by call.
#include "checker/cli/options/command.hpp"
#include "checker/cli/options/messages.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/output_files.hpp"
#include "checker/cli/options/recording_summary.hpp"
#include "checker/cli/verbs/verbs.hpp"
#include "checker/conform/record/recorder.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace vmacheck::cli {
namespace {

struct Options {
    std::vector<std::string> command;
    std::string out;
    std::uint64_t maps_every = 0;
    bool no_aslr = false;
    bool check = false;
    ModelOptions model;
};

// The trace of the nth program: the path as given, then with its number before the extension.
std::string numbered(const std::string& path, std::size_t n) {
    if (n == 1) return path;
    const std::filesystem::path given(path);
    return (given.parent_path() / fmt::format("{}-{}{}", given.stem().string(), n, given.extension().string()))
        .string();
}

std::string how_it_ended(const TraceEnd& end) {
    return end.killed ? fmt::format("killed by signal {} ({})", end.status, strsignal(end.status))
                      : fmt::format("exit code {}", end.status);
}

// Calls of all programs together.
struct Total {
    std::size_t programs = 0;
    std::size_t calls = 0;
    std::size_t agreed = 0;
    std::size_t equal = 0;
};

class Report {
public:
    explicit Report(const Options& options) : options_(options) {}

    int run() {
        RecordOptions record;
        record.trace.command = options_.command;
        record.trace.randomise = !options_.no_aslr;
        record.maps_every = options_.maps_every;
        const Recording recording = record_program(record);
        for (const RecordedRun& each : recording.runs) program(each);
        fmt::print(stderr, "{}: {}\n", options_.command.front(), how_it_ended(recording.end));
        for (const std::string& note : recording.notes) fmt::print(stderr, "  note: {}\n", note);
        remarks(recording.end);
        if (total_.programs > 1)
            fmt::print(stderr, "{}: {}, {} agree, {} equal in result and layout\n", plural(total_.programs, "program"),
                       plural(total_.calls, "call"), total_.agreed, total_.equal);
        if (!options_.out.empty()) summary_.next("explain", options_.out);
        if (verdict_ == Verdict::holds && !explained_ && options_.check) verdict_ = Verdict::differs;
        return writing_.finish(exit_code(verdict_));
    }

private:
    void program(const RecordedRun& run) {
        Import import = import_run(run);
        apply_model_options(options_.model, import.trace.header);
        import.trace.header.title = "recorded: " + std::filesystem::path(run.program).filename().string();
        const Lockstep lockstep = replay_in_lockstep(import);
        ++total_.programs;
        total_.calls += lockstep.calls;
        total_.agreed += lockstep.agreed;
        total_.equal += lockstep.equal_calls;
        summary_.calls(import, lockstep, run.program);
        summary_.seen_layouts(lockstep, run.program);
        explained_ =
            explained_ && none_unexplained(lockstep.differences) && none_unexplained(lockstep.layout_differences);
        if (!options_.out.empty()) {
            const std::string path = numbered(options_.out, total_.programs);
            if (writing_.attempt([&] { write_trace_to(path, lockstep.trace); }))
                fmt::print(stderr, "  trace {}\n", path);
        }
        if (!options_.check) return;
        const Verdict replayed = replay_checked(lockstep.trace, summary_);
        if (verdict_ == Verdict::holds) verdict_ = replayed;
    }

    static void remarks(const TraceEnd& end) {
        if (end.overlapping > 0)
            fmt::print(stderr, "  note: {} of other threads overlapped, since a call waited for them\n",
                       plural(end.overlapping, "call"));
        if (end.killed_after > 0)
            fmt::print(stderr, "  note: {} still ran after the program's end, and were killed\n",
                       plural(end.killed_after, "process") + (end.killed_after == 1 ? "" : "es"));
        if (end.foreign > 0)
            fmt::print(stderr, "  note: {} of 32-bit programs were not recorded\n", plural(end.foreign, "call"));
    }

    const Options& options_;
    RecordingSummary summary_{stderr};
    OutputErrors writing_;
    Total total_;
    bool explained_ = true;
    Verdict verdict_ = Verdict::holds;
};

int run_record(const Options& options) {
    try {
        if (!options.out.empty()) expect_file(options.out);
        return Report(options).run();
    } catch (const TracerError& error) {
        print_error(error.what());
    } catch (const OutputError& error) {
        print_error(error.what());
    } catch (const ImportError& error) {
        print_error(fmt::format("{}: {}", options.command.front(), error.what()));
    } catch (const std::system_error&) {
        throw;  // of printing
    } catch (const std::runtime_error& error) {
        print_error(fmt::format("{}: {}", options.command.front(), error.what()));
    }
    return exit_code(Verdict::bad_input);
}

}  // namespace

void add_record(const Command& app, Run& run) {
    const Command verb =
        app.add_subcommand("record", "run a program, and compare the model with what the kernel does for it");
    const auto options = std::make_shared<Options>();
    verb.add_option("COMMAND", options->command, "after --: the program and its arguments").required();
    verb.add_option("-o,--out,--output", options->out,
                    "where the trace goes; those of further programs that are executed get -2, -3 ... in their name");
    verb.add_option("--maps-every", options->maps_every,
                    "compare layouts after every so many calls (default: each, and more rarely in a long run)");
    verb.add_flag("--no-aslr", options->no_aslr, "run it without address randomisation");
    verb.add_flag("--check", options->check,
                  "replay with every property; succeed only if every difference has a cause");
    add_model_options(verb, options->model);
    verb.callback([options, &run] { run = [options] { return run_record(*options); }; });
}

}  // namespace vmacheck::cli
