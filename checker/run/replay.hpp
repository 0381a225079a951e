// Replays a trace on the model: every operation is applied, its results are compared with those that the trace states,
// and a callback looks for broken properties after each step.
#pragma once

#include "model/state/world_fwd.hpp"
#include "traces/format/trace.hpp"
#include "traces/observe/snapshot.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

// Called after each step, and before the first and after the last for the state as a whole (with an op of kind
// OpKind::count and an empty outcome). Appends what is broken.
using PropertyCheck =
    std::function<void(const World<Plain>&, const Op<Plain>&, const Outcome<Plain>&, std::vector<Violation>&)>;

// Called after each step; for pictures.
using StepObserver = std::function<void(const TraceStep&, const World<Plain>&, const Outcome<Plain>&)>;

struct ReplayOptions {
    std::optional<std::string> profile;              // instead of the header's
    std::optional<std::vector<std::string>> faults;  // instead of the header's
    std::optional<bool> shipped;                     // instead of the header's
    PropertyCheck check;
    StepObserver observe;
};

// A result that is not what the trace states.
struct Difference {
    std::size_t step = 0;  // from 1
    std::size_t line = 0;  // of the trace, from 1; 0 unknown
    std::string what;      // "ret", "events", "map_count", "vmas"
    std::string stated;
    std::string seen;
    friend bool operator==(const Difference&, const Difference&) = default;
};

struct FoundViolation {
    std::size_t step = 0;  // from 1; 0: the starting layout
    std::size_t line = 0;  // of the trace, from 1; 1 for the starting layout, which the header states; 0 unknown
    Violation violation;
    friend bool operator==(const FoundViolation&, const FoundViolation&) = default;
};

enum class ReplayVerdict : std::uint8_t {
    holds,     // every result as stated, no property broken
    differs,   // a result is not as stated, no property broken
    violated,  // a property broke; the replay ended there
    error,     // the trace cannot be started
};

struct ReplayResult {
    ReplayVerdict verdict = ReplayVerdict::holds;
    std::string error;         // why it cannot be started
    std::size_t steps = 0;     // that were performed
    std::size_t compared = 0;  // results that the trace states and that were looked at
    std::string profile;
    std::vector<Difference> differences;
    std::vector<FoundViolation> violations;  // of one step; the replay ends at the first that has any
    std::uint64_t digest = 0;                // of the last World
    bool expectation_met = false;
};

std::string_view name(ReplayVerdict verdict);

// "step 3 (line 4)", "the starting layout (line 1)"; without the line where it is unknown.
std::string place_of(std::size_t step, std::size_t line);

// The World a trace starts from, or what is wrong with the header. Never both absent.
struct StartedWorld {
    std::unique_ptr<World<Plain>> world;
    std::string error;
};
StartedWorld start_world(const TraceHeader& header, const ReplayOptions& options);

// Throws InternalAssertion if the model's own assumptions break.
ReplayResult replay(const Trace& trace, const ReplayOptions& options = {});

// Whether the header's expectation holds of the result. "holds", or no expectation: every result as stated and nothing
// broken. "violated": the property broke (any, if none is named) and every result up to there is as stated.
bool meets(const std::optional<Expectation>& expectation, const ReplayResult& result);

// What the trace states of a step and the model does not show. The numbers are those of the whole replay so far.
void compare(const TraceStep& step, const World<Plain>& world, const Outcome<Plain>& outcome, AnonNumbers& numbers,
             ReplayResult& result);

}  // namespace vmacheck
