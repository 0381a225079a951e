#include "checker/cli/options/trace_input.hpp"

#include "checker/cli/options/output_files.hpp"

namespace vmacheck::cli {

std::variant<Trace, std::string> read_named_trace(const std::string& path) {
    if (const auto wrong = why_not_a_file(path)) return *wrong;
    ReadResult read = read_trace_file(path);
    if (auto* trace = std::get_if<Trace>(&read)) return std::move(*trace);
    const ReadError& error = std::get<ReadError>(read);
    std::string message = describe(path, error);
    if (error.message.rfind("not JSON", 0) == 0) message += "; is this a vmacheck trace? its lines are JSON objects";
    return message;
}

}  // namespace vmacheck::cli
