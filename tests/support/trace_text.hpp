// A trace from the text of its steps.
#pragma once

#include "traces/format/reader.hpp"

#include <stdexcept>
#include <string>
#include <variant>

namespace vmacheck {

// header_rest: more keys of the header, from a comma on.
inline Trace trace_of(const std::string& steps, const std::string& header_rest = "") {
    ReadResult result = read_trace("{\"vmacheck-trace\":1" + header_rest + "}\n" + steps);
    if (const auto* error = std::get_if<ReadError>(&result)) throw std::runtime_error(describe("trace", *error));
    return std::get<Trace>(std::move(result));
}

}  // namespace vmacheck
