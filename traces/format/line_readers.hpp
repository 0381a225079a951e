// The two kinds of lines of a trace, for reader.cpp. Both throw LineError.
#pragma once

#include "traces/format/located_json.hpp"
#include "traces/format/trace.hpp"

namespace vmacheck {

TraceHeader read_header(const Located& line);
TraceStep read_step(const Located& line);

}  // namespace vmacheck
