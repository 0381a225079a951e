// Traces named on the command line.
#pragma once

#include "checker/cli/options/options.hpp"
#include "checker/run/replay.hpp"
#include "traces/format/reader.hpp"

namespace vmacheck::cli {

struct TraceFiles {
    std::vector<std::string> paths;  // sorted within each directory
    std::string error;               // why there are none
};

// Files as they are named, whatever they are; directories stand for all *.jsonl below them.
TraceFiles find_traces(const std::vector<std::string>& paths);

// Reads one of them. Only regular files: a pipe would keep the reader waiting, a device has no end.
std::variant<Trace, std::string> read_named_trace(const std::string& path);

ReplayOptions model_options(const ModelOptions& options);
// Profile, faults and shipped of the options, where they are given, into the header of what will be run.
void apply_model_options(const ModelOptions& options, TraceHeader& header);

}  // namespace vmacheck::cli
