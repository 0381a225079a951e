#include "traces/format/reader.hpp"
#include "traces/format/text.hpp"

#include "traces/format/line_readers.hpp"
#include "traces/format/parameter_keys.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <new>

namespace vmacheck {
namespace {

bool blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Adds one line to the trace; the first line that is not blank is the header.
void read_line(std::string_view line, std::size_t number, bool& have_header, Trace& trace) {
    if (line.size() > max_line_bytes)
        throw LineError{1, fmt::format("the line has {} bytes; at most {} are read", line.size(), max_line_bytes)};
    LocatedDocument document;
    locate_json(line, document);
    if (!document.root.value->is_object())
        throw LineError{document.root.column, "a line of a trace is a JSON object: {\"op\":...}"};
    if (!have_header) {
        trace.header = read_header(document.root);
        have_header = true;
        return;
    }
    if (trace.steps.size() == max_steps)
        throw LineError{1, fmt::format("more than {} operations; cut the trace", max_steps)};
    trace.steps.push_back(read_step(document.root));
    trace.steps.back().line = number;
}

ReadResult read_lines(std::string_view text) {
    if (text.size() > max_trace_bytes)
        return ReadError{0, 0,
                         fmt::format("the trace has {} bytes; at most {} are read", text.size(), max_trace_bytes)};
    Trace trace;
    bool have_header = false;
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (blank(line)) continue;
        try {
            read_line(line, number, have_header, trace);
        } catch (const LineError& error) {
            return ReadError{number, error.column, escape_control(error.message)};
        } catch (const std::bad_alloc&) {
            return ReadError{number, 1, "out of memory while this line was read; cut the trace"};
        } catch (const std::exception& error) {  // of a library, about text it will not take
            return ReadError{number, 1, fmt::format("the line cannot be read: {}", error.what())};
        }
    }
    if (!have_header)
        return ReadError{1, 1, "the trace is empty; its first line must be a header, {\"vmacheck-trace\":1}"};
    return trace;
}

}  // namespace

ReadResult read_trace(std::string_view text) noexcept {
    try {
        return read_lines(text);
    } catch (...) {
        return ReadError{};  // not even a message fits into memory
    }
}

ReadResult read_trace_file(const std::string& path) noexcept {
    try {
        std::ifstream file(path, std::ios::binary | std::ios::ate);
        const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
        if (size < 0) return ReadError{0, 0, "cannot be opened; check the path and its permissions"};
        if (static_cast<std::uint64_t>(size) > max_trace_bytes)
            return ReadError{0, 0, fmt::format("the file has {} bytes; at most {} are read", size, max_trace_bytes)};
        std::string text(static_cast<std::size_t>(size), '\0');
        file.seekg(0);
        if (!file.read(text.data(), size)) return ReadError{0, 0, "cannot be read; is it a file?"};
        return read_trace(text);
    } catch (...) {
        return ReadError{};
    }
}

std::string describe(const std::string& path, const ReadError& error) {
    const std::string message = error.message.empty() ? "cannot be read: out of memory" : error.message;
    if (error.line == 0) return fmt::format("{}: {}", path, message);
    return fmt::format("{}:{}:{}: {}", path, error.line, error.column, message);
}

}  // namespace vmacheck
