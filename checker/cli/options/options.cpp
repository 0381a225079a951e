// What the verbs share.
#include "checker/cli/options/options.hpp"

#include "model/faults/fault.hpp"
#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace vmacheck::cli {
namespace {

constexpr double most_seconds = 1e9;  // some thirty years

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        if (comma > at) parts.push_back(text.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

void print_error(const std::string& message) {
    fmt::print(stderr, "vmacheck: {}\n", escape_control(message));
}

void print_error_object(const std::string& verb, const std::vector<std::string>& messages) {
    const boost::json::object object{
        {"verb", verb}, {"verdict", "error"}, {"errors", boost::json::array(messages.begin(), messages.end())}};
    fmt::print("{}\n", boost::json::serialize(object));
}

int bad_input(const std::string& verb, const std::string& format, const std::string& message) {
    return bad_input(verb, format, std::vector{message});
}

int bad_input(const std::string& verb, const std::string& format, const std::vector<std::string>& messages) {
    if (format == "json") print_error_object(verb, messages);
    for (const std::string& each : messages) print_error(each);
    return exit_bad_input;
}

void add_format_option(CLI::App& verb, std::string& format) {
    verb.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
}

std::optional<std::string> why_not_a_file(const std::string& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_regular_file(status)) return std::nullopt;
    if (status.type() == std::filesystem::file_type::not_found) return path + ": no such file or directory";
    if (error) return path + ": " + error.message();
    return path + ": not a regular file; give the path of a file on disk";
}

void add_model_options(CLI::App& verb, ModelOptions& options, ModelOf of) {
    const std::string instead = of == ModelOf::trace ? ", instead of the trace's" : ", instead of the default";
    verb.add_option("--profile", options.profile, "kernel version to model" + instead)
        ->check([](const std::string& name) {
            return profile_named(name) != nullptr
                       ? std::string()
                       : "unknown profile '" + name + "'; 'vmacheck list profiles' shows them";
        });
    verb.add_option_function<std::string>(
            "--faults",
            [&options](const std::string& names) {
                options.faults = names;
                options.has_faults = true;
            },
            "faults to switch on by name (a,b; 'vmacheck list faults')" + instead)
        ->check([](const std::string& names) {
            for (const std::string& each : split_list(names))
                if (!fault_named(each)) return "unknown fault '" + each + "'; 'vmacheck list faults' shows them";
            return std::string();
        });
    verb.add_option("--shipped", options.shipped, "on or off: bugs that the kernel of the profile has" + instead)
        ->check(CLI::IsMember({"on", "off"}));
}

std::string model_arguments(const ModelOptions& options) {
    std::string text;
    if (!options.profile.empty()) text += " --profile " + options.profile;
    if (options.has_faults) text += " --faults " + (options.faults.empty() ? "''" : options.faults);
    if (!options.shipped.empty()) text += " --shipped " + options.shipped;
    return text;
}

std::string check_seed(const std::string& text) {
    std::uint64_t number = 0;  // the library would take -1 for the largest
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = wrong == std::errc() && end == text.data() + text.size();
    return whole ? std::string() : "'" + text + "' is no number from 0 to 2^64 - 1";
}

void add_jobs_option(CLI::App& verb, unsigned& jobs) {
    jobs = 0;
    verb.add_option("--jobs", jobs, "threads (default: one a processor); the result is the same for any number")
        ->check(CLI::Range(1u, 256u));
}

unsigned threads(unsigned jobs) {
    return jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : jobs;
}

void add_time_option(CLI::App& verb, double& seconds, const std::string& help) {
    verb.add_option("--time", seconds, help)->check([](const std::string& text) {
        double number = 0;
        const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool good =
            wrong == std::errc() && end == text.data() + text.size() && number > 0 && number <= most_seconds;
        return good ? std::string() : "'" + text + "' is no number of seconds above 0, at most 1000000000";
    });
}

}  // namespace vmacheck::cli
