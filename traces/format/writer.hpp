// Writes a trace as text that reads back as the same trace. Equal traces give equal bytes.
#pragma once

#include "traces/format/trace.hpp"

#include <optional>
#include <string>

namespace vmacheck {

// One line each, without the line break. Keys in the order of FORMAT.md; what has its default is left out.
std::string write_header(const TraceHeader& header);
std::string write_step(const TraceStep& step);
std::string write_trace(const Trace& trace);

// Written under a temporary name in the same directory, then renamed. Returns what went wrong, or nothing.
std::optional<std::string> write_trace_file(const std::string& path, const Trace& trace);

}  // namespace vmacheck
