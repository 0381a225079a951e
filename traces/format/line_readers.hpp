// The two kinds of lines of a trace, and the result within one, for reader.cpp and for the answers of subjects. All throw
// LineError.
#pragma once

#include "traces/format/located_json.hpp"
#include "traces/format/trace.hpp"

namespace vmacheck {

TraceHeader read_header(const Located& line);
TraceStep read_step(const Located& line);
// "ret": "ok", the name of an error, a number, or a hexadecimal string.
void read_ret(const Located& at, OpKind kind, SeenResult& seen);

}  // namespace vmacheck
