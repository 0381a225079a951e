// The verbs of the command line. Each add_ function declares one; a verb that was chosen leaves what to run in `run`.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck::cli {

// Exit codes of every verb.
inline constexpr int exit_holds = 0;
inline constexpr int exit_violated = 12;
inline constexpr int exit_differs = 13;
inline constexpr int exit_internal = 14;
inline constexpr int exit_undecided = 75;
inline constexpr int exit_bad_input = 150;
inline constexpr int exit_crash = 255;

using Run = std::function<int()>;

// Options of verbs that run a trace: they stand above its header.
struct ModelOptions {
    std::string profile;
    std::string faults;   // comma-separated
    std::string shipped;  // "on", "off"
    bool has_faults = false;
};

void add_explore(CLI::App& app, Run& run);
void add_tour(CLI::App& app, Run& run);
void add_replay(CLI::App& app, Run& run);
void add_explain(CLI::App& app, Run& run);
void add_random(CLI::App& app, Run& run);
void add_minimise(CLI::App& app, Run& run);
void add_list(CLI::App& app, Run& run);

// Declares --profile, --faults and --shipped, with their checks. What stands without them is the trace's, or a default.
enum class ModelOf { trace, verb };
void add_model_options(CLI::App& verb, ModelOptions& options, ModelOf of = ModelOf::verb);
// The options that choose the same model again, " --profile v5.10 --faults a,b".
std::string model_arguments(const ModelOptions& options);

// Options of several verbs, the same in each: --seed (from 0 to 2^64 - 1), --jobs (0: one a processor), --time.
// What is wrong with a seed; empty: nothing.
std::string check_seed(const std::string& text);
template <class Seed>  // a number, or one that may be missing
void add_seed_option(CLI::App& verb, Seed& seed) {
    verb.add_option("--seed", seed, "what all choices derive from (default 1)")->check(check_seed);
}
void add_jobs_option(CLI::App& verb, unsigned& jobs);
void add_time_option(CLI::App& verb, double& seconds, const std::string& help);
// What --jobs stands for.
unsigned threads(unsigned jobs);

// "a,b" -> {"a", "b"}; empty parts are left out.
std::vector<std::string> split_list(const std::string& text);

// One line on standard error, "vmacheck: ...". Control characters (of a file's name, say) are shown as \x0a.
void print_error(const std::string& message);

// What --format json prints where a verb did not come to a result of its own: one object on standard output.
void print_error_object(const std::string& verb, const std::vector<std::string>& messages);
// Says in both ways what is wrong with the input; the exit code.
int bad_input(const std::string& verb, const std::string& format, const std::string& message);
int bad_input(const std::string& verb, const std::string& format, const std::vector<std::string>& messages);

// Declares --format of a verb that can print JSON.
void add_format_option(CLI::App& verb, std::string& format);

// Why a path is not a regular file that could be read, after the path and a colon; nothing if it is one.
std::optional<std::string> why_not_a_file(const std::string& path);

}  // namespace vmacheck::cli
