// What verbs that find something share: how a finding is minimised, written and told.
#pragma once

#include "checker/minimise.hpp"

#include <string>

namespace vmacheck::cli {

// A file or directory that cannot be written. what() is the whole message.
class OutputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Throws OutputError if the path is something else than a regular file or the file cannot be written. A reader sees the
// old file or the new one, never a part.
void write_trace_to(const std::string& path, const Trace& trace);

// Throws OutputError if the path cannot become a directory to write into. Makes nothing.
void expect_directory(const std::string& path);
// Makes it where it is missing. Throws OutputError.
void make_directory(const std::string& path);

// The calls of a trace that breaks a property, one line each, and the last as explain shows it.
std::string short_explanation(const Trace& trace);

}  // namespace vmacheck::cli
