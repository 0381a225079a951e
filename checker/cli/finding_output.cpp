#include "checker/cli/finding_output.hpp"

#include "checker/cli/verbs.hpp"
#include "checker/explain.hpp"
#include "checker/property_check.hpp"
#include "traces/writer.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace vmacheck::cli {

namespace fs = std::filesystem;

void write_trace_to(const std::string& path, const Trace& trace) {
    std::error_code error;
    if (fs::exists(path, error))
        if (const auto wrong = why_not_a_file(path)) throw OutputError(*wrong);
    if (const auto wrong = write_trace_file(path, trace)) throw OutputError(*wrong);
}

void expect_directory(const std::string& path) {
    // The part of the path that exists must be a directory that may be written to.
    std::error_code error;
    fs::path existing = fs::absolute(path, error);
    while (!fs::exists(existing, error) && existing.has_relative_path()) existing = existing.parent_path();
    if (!fs::is_directory(existing, error))
        throw OutputError(path + ": not a directory; give the path of a directory, which need not exist yet");
    if (access(existing.c_str(), W_OK | X_OK) != 0)
        throw OutputError(path + ": cannot be written to; choose another directory with --out");
}

void make_directory(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) throw OutputError(path + ": cannot be made: " + error.message());
}

std::string short_explanation(const Trace& trace) {
    ReplayOptions options;
    options.check = check_all_properties();
    ReplayResult result;
    const std::string whole = explain(trace, options, result);
    const std::string start_of_step = "\nstep ";
    std::string text;
    for (std::size_t at = whole.find(start_of_step); at != std::string::npos;) {
        const std::size_t next = whole.find(start_of_step, at + 1);
        const std::size_t end_of_call = whole.find('\n', at + 1);
        const bool last = next == std::string::npos;
        text += whole.substr(at + 1, last ? std::string::npos : end_of_call - at);
        at = next;
    }
    return text;
}

}  // namespace vmacheck::cli
