// Traces named on the command line.
#pragma once

#include "checker/cli/verbs.hpp"
#include "checker/replay.hpp"
#include "traces/reader.hpp"

namespace vmacheck::cli {

struct TraceFiles {
    std::vector<std::string> paths;  // sorted within each directory
    std::string error;               // why there are none
};

// Files as they are named; directories stand for all *.jsonl below them.
TraceFiles find_traces(const std::vector<std::string>& paths);

ReplayOptions model_options(const ModelOptions& options);

}  // namespace vmacheck::cli
