// A subject: anything that performs operations on address spaces and shows what came of them. The model is one, a
// recorded trace is one; a running kernel and another implementation can be.
//
// What a subject cannot show it leaves absent, and what it cannot do it refuses: the checker leaves both out of its
// comparisons and says so.
#pragma once

#include "model/op/op.hpp"
#include "model/state/observation.hpp"
#include "model/state/setup.hpp"
#include "traces/format/trace.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

struct Capabilities {
    bool events = false;              // results of steps name events of the model
    bool vmas = false;                // observations list VMAs
    bool counters = false;            // observations hold map_count, total_vm and the like
    bool anon_vmas = false;           // VMAs show their anon_vma and chain
    bool fails_allocations = false;   // an operation's fail_alloc is obeyed
    bool starts_from_layout = false;  // reset() takes a setup with a starting layout
    friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

struct SubjectInfo {
    std::string name;     // "model", "recording"
    std::string version;  // "v5.10 as shipped", the trace's title ...
    Capabilities capabilities;
};

// What a subject says of one operation.
struct Answer {
    SeenResult seen;                    // error and value, and what else the operation itself shows
    std::vector<Violation> violations;  // of rules that the subject checks itself, as VM_BUG_ON: the step was abandoned
    std::string refusal;                // not empty: the subject cannot do this, did nothing, and this is why
};

// How much an observation is to show.
struct Detail {
    std::optional<std::size_t> process;  // only this slot; absent: every process, and the committed memory
};

class Subject {
public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    [[nodiscard]] virtual SubjectInfo hello() const = 0;
    // Starts anew. Returns why it cannot start so, or nothing. Before the first step.
    [[nodiscard]] virtual std::optional<std::string> reset(const Setup& setup) = 0;
    virtual Answer step(const Op<Plain>& op) = 0;
    // The state after the last step.
    [[nodiscard]] virtual Observation observe(const Detail& detail) = 0;
};

// The slot of the process whose address space an operation is about.
inline std::size_t process_of(const Op<Plain>& op) {
    return op.kind == OpKind::remote_access ? op.target : op.process;
}

}  // namespace vmacheck
