// A trace named on the command line.
#pragma once

#include "traces/format/reader.hpp"
#include "traces/format/trace_files.hpp"

#include <string>
#include <variant>

namespace vmacheck::cli {

// Only regular files: a pipe would keep the reader waiting, a device has no end.
std::variant<Trace, std::string> read_named_trace(const std::string& path);

}  // namespace vmacheck::cli
