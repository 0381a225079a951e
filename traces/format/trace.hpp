// A trace: a header and operations, as data. Format: traces/FORMAT.md and traces/trace.schema.json; text is read by
// reader.hpp and written by writer.hpp.
#pragma once

#include "model/op/events.hpp"
#include "model/op/op.hpp"
#include "model/op/parameters.hpp"
#include "model/state/observation.hpp"
#include "model/state/outcome.hpp"
#include "model/state/setup.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vmacheck {

inline constexpr int trace_format_version = 1;

// What a trace is expected to show when it is replayed.
struct Expectation {
    bool violated = false;
    std::string property;  // the property that breaks; empty: any
    friend bool operator==(const Expectation&, const Expectation&) = default;
};

// The setup that the trace starts from, and what the trace says about itself.
struct TraceHeader : Setup {
    TraceHeader() = default;
    explicit TraceHeader(Setup setup) : Setup(std::move(setup)) {}

    int format = trace_format_version;
    std::string title;  // one line for people
    std::optional<std::uint64_t> seed;
    std::string made_by;  // who wrote it: "hand", "import", "random" ...
    std::optional<Expectation> expect;
};

// What was seen of an operation. Absent fields are not compared.
struct SeenResult {
    std::optional<Errno> error;                // ok unless it failed
    std::optional<std::uint64_t> value;        // bytes: the address, break or slot returned
    std::vector<Event> events;                 // these must occur, in this order (others may lie between)
    std::optional<std::uint32_t> map_count;    // of the caller, after the operation
    std::optional<std::vector<VmaView>> vmas;  // of the caller, after the operation
    [[nodiscard]] bool empty() const { return !error && !value && events.empty() && !map_count && !vmas; }
};

struct TraceStep {
    Op<Plain> op;
    SeenResult seen;
    std::string note;      // for people
    std::size_t line = 0;  // where it stood in the file, from 1; 0: it was not read from one
};

struct Trace {
    TraceHeader header;
    std::vector<TraceStep> steps;
};

}  // namespace vmacheck
