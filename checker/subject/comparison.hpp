// Compares what two subjects show of the same step. Only what both show is compared; what neither result nor observation
// of one side can show is in its capabilities.
#pragma once

#include "checker/subject/subject.hpp"

namespace vmacheck {

struct FieldDifference {
    std::string what;  // "ret", "events", "map_count", "vmas[2]", "total_vm" ...
    std::string expected;
    std::string actual;
    friend bool operator==(const FieldDifference&, const FieldDifference&) = default;
};

struct Comparison {
    std::size_t compared = 0;  // results that were expected
    std::vector<FieldDifference> differences;
    void add(Comparison other);
};

// Whether error and value are the expected ones.
bool same_result(const SeenResult& expected, Errno error, std::uint64_t value);

// Error and value, and events: the expected ones must occur in their order, with others between them.
Comparison compare_results(OpKind kind, const SeenResult& expected, const SeenResult& actual);

// map_count, VMAs and the other counters of one process. The first VMA that differs is the only one reported: those
// after it are often only shifted.
Comparison compare_views(const ProcessView& expected, const ProcessView& actual);

// All processes that both sides show, and the committed memory.
Comparison compare_observations(const Observation& expected, const Observation& actual);

}  // namespace vmacheck
