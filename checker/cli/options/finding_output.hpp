// What verbs that find something share: how a finding is minimised, written and told.
#pragma once

#include "checker/run/minimise.hpp"

#include <boost/json/array.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace vmacheck::cli {

// A file or directory that cannot be written. what() is the whole message.
class OutputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Throws OutputError if the path is something else than a regular file or the file cannot be written. A reader sees the
// old file or the new one, never a part.
void write_trace_to(const std::string& path, const Trace& trace);

// Several files that cannot be used, a line each.
class BadInputs : public OutputError {
public:
    explicit BadInputs(std::vector<std::string> messages)
        : OutputError(messages.front()), messages_(std::move(messages)) {}
    [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }

private:
    std::vector<std::string> messages_;
};

// Before a search, so that it is not made in vain: throw OutputError if the path cannot become a directory to write
// into, or a file. They try it, and leave nothing behind.
void expect_directory(const std::string& path);
void expect_file(const std::string& path);
// Makes it where it is missing. Throws OutputError.
void make_directory(const std::string& path);

// After a search: what cannot be written does not take the verdict with it, and is told after it.
class OutputErrors {
public:
    // Runs what throws std::runtime_error if it cannot write. Whether it was written.
    bool attempt(const std::function<void()>& write);
    [[nodiscard]] bool failed() const { return !wrong_.empty(); }
    // For JSON: what is wrong, empty if nothing is.
    [[nodiscard]] boost::json::array errors() const;
    // After the verdict: the exit code that is left, and why, a line for each.
    [[nodiscard]] int finish(int exit_code) const;

private:
    std::vector<std::string> wrong_;
};

// A finding that was shrunk, and written if that was possible.
struct SmallFinding {
    Minimised minimised;
    std::string path;
    double minimise_s = 0;
};
// Writes the finding as it was found first, so that it is there if shrinking is interrupted.
SmallFinding minimise_into(const std::string& directory, const std::string& name, const Trace& found,
                           const std::string& property, OutputErrors& writing);

// The calls of a trace that breaks a property, one line each, and the last as explain shows it.
std::string short_explanation(const Trace& trace);

}  // namespace vmacheck::cli
