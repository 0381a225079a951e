// Traces named on the command line.
#pragma once

#include "traces/format/reader.hpp"

#include <string>
#include <variant>
#include <vector>

namespace vmacheck::cli {

struct TraceFiles {
    std::vector<std::string> paths;  // sorted within each directory
    std::string error;               // why there are none
};

// Files as they are named, whatever they are; directories stand for all *.jsonl below them.
TraceFiles find_traces(const std::vector<std::string>& paths);

// Reads one of them. Only regular files: a pipe would keep the reader waiting, a device has no end.
std::variant<Trace, std::string> read_named_trace(const std::string& path);

}  // namespace vmacheck::cli
