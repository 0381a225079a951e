#include "checker/cli/options/search_options.hpp"

#include "properties/run/full_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

namespace vmacheck::cli {
namespace {

constexpr double most_seconds = 1e9;  // some thirty years

// What is wrong with a seed; empty: nothing.
std::string check_seed(const std::string& text) {
    std::uint64_t number = 0;  // the library would take -1 for the largest
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = wrong == std::errc() && end == text.data() + text.size();
    return whole ? std::string() : "'" + text + "' is no number from 0 to 2^64 - 1";
}

std::string check_seconds(const std::string& text) {
    double number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool good = wrong == std::errc() && end == text.data() + text.size() && number > 0 && number <= most_seconds;
    return good ? std::string() : "'" + text + "' is no number of seconds above 0, at most 1000000000";
}

template <class Seed>
void declare_seed(const Command& verb, Seed& seed) {
    verb.add_option("--seed", seed, "what all choices derive from (default 1)").check(check_seed);
}

}  // namespace

void add_out_option(const Command& verb, std::string& out, const std::string& what_default) {
    out = what_default;
    verb.add_option("--out", out, fmt::format("directory that traces are written to (default {})", what_default));
}

void add_format_option(const Command& verb, std::string& format) {
    verb.add_option("--format", format, "text or json").one_of({"text", "json"});
}

void add_progress_option(const Command& verb, std::string& progress) {
    verb.add_option("--progress", progress, "on standard error: auto, plain, json (an object a line) or none")
        .one_of({"auto", "plain", "json", "none"});
}

void add_dump_option(const Command& verb, std::string& dump_dir) {
    verb.add_option("--dump-smt2", dump_dir, "directory for every question to the solver, as SMT-LIB 2");
}

void add_seed_option(const Command& verb, std::uint64_t& seed) {
    declare_seed(verb, seed);
}

void add_seed_option(const Command& verb, std::optional<std::uint64_t>& seed) {
    declare_seed(verb, seed);
}

void add_jobs_option(const Command& verb, unsigned& jobs, const std::string& help) {
    jobs = 0;
    verb.add_option("--jobs", jobs, help).between(1u, 256u);
}

void add_time_option(const Command& verb, double& seconds, const std::string& help) {
    verb.add_option("--time", seconds, help).check(check_seconds);
}

void add_properties_option(const Command& verb) {
    verb.add_options_function("--properties", load_extra_properties,
                              "shared objects with more properties (properties/run/extra_properties.hpp)");
}

void add_search_options(const Command& verb, SearchOptions& options, ModelOptions& model) {
    add_out_option(verb, options.out, "findings");
    add_model_options(verb, model);
    add_format_option(verb, options.format);
    add_progress_option(verb, options.progress);
    add_properties_option(verb);
}

unsigned threads(unsigned jobs) {
    return jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : jobs;
}

}  // namespace vmacheck::cli
