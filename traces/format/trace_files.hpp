// The traces that paths stand for.
#pragma once

#include <string>
#include <vector>

namespace vmacheck {

struct TraceFiles {
    std::vector<std::string> paths;  // sorted within each directory
    std::string error;               // why there are none
};

// A file stands for itself, whatever its name; a directory stands for all *.jsonl below it, of which there must be one.
TraceFiles find_traces(const std::vector<std::string>& paths);

}  // namespace vmacheck
