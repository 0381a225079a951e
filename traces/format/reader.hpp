// Reads a trace. Strict: what FORMAT.md does not describe is an error, and the first error ends the reading.
//
// A trace is untrusted data: the reader is bounded in all it takes (see parameter_keys.hpp), and it never throws.
#pragma once

#include "traces/format/trace.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace vmacheck {

// Line and column from 1, columns in bytes. Line 0: the error belongs to no line (the file cannot be opened ...).
struct ReadError {
    std::size_t line = 0;
    std::size_t column = 0;
    std::string message;  // what is wrong, and what to do about it
    friend bool operator==(const ReadError&, const ReadError&) = default;
};

using ReadResult = std::variant<Trace, ReadError>;

// A whole trace as text.
ReadResult read_trace(std::string_view text) noexcept;
ReadResult read_trace_file(const std::string& path) noexcept;

// "PATH:3:17: message"; the place is left out where there is none.
std::string describe(const std::string& path, const ReadError& error);

}  // namespace vmacheck
