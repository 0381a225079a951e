// A trace: a header and operations, as data. Format: traces/FORMAT.md and traces/trace.schema.json; text is read by
// reader.hpp and written by writer.hpp.
#pragma once

#include "model/op/op.hpp"
#include "model/op/parameters.hpp"
#include "model/state/outcome.hpp"
#include "model/state/state_spec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

inline constexpr int trace_format_version = 1;

// What a trace is expected to show when it is replayed.
struct Expectation {
    bool violated = false;
    std::string property;  // the property that breaks; empty: any
    friend bool operator==(const Expectation&, const Expectation&) = default;
};

struct TraceHeader {
    int format = trace_format_version;
    std::string title;  // one line for people
    std::string profile = "v5.10";
    std::vector<std::string> faults;  // by name
    bool shipped = false;             // the profile's shipped bugs on
    Parameters parameters;
    std::optional<std::uint64_t> seed;
    std::string made_by;  // who wrote it: "hand", "import", "random" ...
    std::optional<Expectation> expect;
    std::vector<ProcessSpec> layout;               // starting layout; empty: one process without mappings
    std::vector<AnonVmaSpec> anon_vmas;            // family ties of the layout's anon_vmas
    std::vector<SharedObjectSpec> shared_objects;  // the layout's shared anonymous objects
};

// One VMA as a subject shows it. Page numbers. What a subject cannot see is absent.
struct ObservedVma {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    VmFlags flags = 0;
    std::optional<std::uint64_t> pgoff;
    std::uint16_t file = 0;
    std::optional<unsigned> anon_vma;     // 1, 2, 3 ... by first appearance over all processes; 0: none
    std::optional<unsigned> chain;        // length of the anon_vma chain
    std::optional<std::uint16_t> policy;  // NUMA policy by number; 0: none
    std::optional<std::uint16_t> uffd;    // userfaultfd context; 0: none
    friend bool operator==(const ObservedVma&, const ObservedVma&) = default;
};

// What was seen of an operation. Absent fields are not compared.
struct SeenResult {
    std::optional<Errno> error;                    // ok unless it failed
    std::optional<std::uint64_t> value;            // bytes: the address, break or slot returned
    std::vector<Event> events;                     // these must occur, in this order (others may lie between)
    std::optional<std::uint32_t> map_count;        // of the caller, after the operation
    std::optional<std::vector<ObservedVma>> vmas;  // of the caller, after the operation
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
