// Options that search verbs share, the same in each.
#pragma once

#include "checker/cli/options/command.hpp"
#include "checker/cli/options/model_options.hpp"
#include "checker/cli/options/rerun_command.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace vmacheck::cli {

// What every search verb has.
struct SearchOptions {
    std::string out;       // directory that findings are written to
    std::string dump_dir;  // of questions to the solver; empty: none, or the verb has no solver
    std::string format = "text";
    std::string progress = "auto";
    RerunCommand again;

    [[nodiscard]] bool json() const { return format == "json"; }
};

void add_out_option(const Command& verb, std::string& out, const std::string& what_default);  // --out; sets the default
void add_format_option(const Command& verb, std::string& format);                             // --format text or json
void add_progress_option(const Command& verb, std::string& progress);                         // --progress
void add_dump_option(const Command& verb, std::string& dump_dir);                             // --dump-smt2
void add_seed_option(const Command& verb, std::uint64_t& seed);  // --seed, from 0 to 2^64 - 1
void add_seed_option(const Command& verb, std::optional<std::uint64_t>& seed);
// --jobs; 0: it was not given.
void add_jobs_option(
    const Command& verb, unsigned& jobs,
    const std::string& help = "threads (default: one a processor); the result is the same for any number");
void add_time_option(const Command& verb, double& seconds, const std::string& help);
// --properties: shared objects with more properties (properties/run/extra_properties.hpp). They are loaded as the option
// is read, before the verb runs; one that cannot be loaded is a bad option.
void add_properties_option(const Command& verb);

// What searches with random cases share: --out (default findings), the model, --format, --progress and --properties.
void add_search_options(const Command& verb, SearchOptions& options, ModelOptions& model);

// The number of threads that --jobs stands for.
unsigned threads(unsigned jobs);

}  // namespace vmacheck::cli
