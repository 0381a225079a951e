// Files and directories that verbs read and write.
#pragma once

#include "traces/format/trace.hpp"

#include <boost/json/array.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace vmacheck::cli {

// A file or directory that cannot be written. what() is the whole message.
class OutputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Why a path is not a regular file that could be read, after the path and a colon; nothing if it is one.
std::optional<std::string> why_not_a_file(const std::string& path);

// Throws OutputError if the path is something else than a regular file or the file cannot be written. A reader sees the
// old file or the new one, never a part.
void write_trace_to(const std::string& path, const Trace& trace);

// The same for any text. Throws OutputError.
void write_text_to(const std::string& path, const std::string& text);

// Before a search, whose result would be lost: throw OutputError if the path cannot become a directory to write into,
// or a file. They try it, and leave nothing behind.
void expect_directory(const std::string& path);
void expect_file(const std::string& path);
// Makes it where it is missing. Throws OutputError.
void make_directory(const std::string& path);

// After a search: an output that cannot be written is reported after the verdict, which is printed in any case.
class OutputErrors {
public:
    // Runs what throws std::runtime_error if it cannot write. Whether it was written.
    bool attempt(const std::function<void()>& write);
    [[nodiscard]] bool failed() const { return !wrong_.empty(); }
    // For JSON: what is wrong, empty if nothing is.
    [[nodiscard]] boost::json::array errors() const;
    // After the verdict: prints a line for each; the exit code of bad input if there are any, this one otherwise.
    [[nodiscard]] int finish(int code) const;

private:
    std::vector<std::string> wrong_;
};

}  // namespace vmacheck::cli
