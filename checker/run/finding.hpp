// What a run of a trace broke, and a finding: the trace that shows it, and where it comes from.
#pragma once

#include "traces/format/trace.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

// Stands for a property where an assumption of the model itself broke (InternalAssertion).
inline constexpr std::string_view internal_assertion_name = "internal-assertion";

// Stands for a property where a result is not what a trace states.
inline constexpr std::string_view stated_result_name = "stated-result";

// The violations of the first step that has any.
struct Broken {
    std::vector<Violation> violations;  // empty: every property held
    std::size_t step = 0;               // that broke them, from 1; 0: the starting layout
    bool at_end = false;                // only the full check after the last step reported them

    explicit operator bool() const { return !violations.empty(); }
    // The violation of a property, of any if the name is empty; nullptr: it was not violated.
    [[nodiscard]] const Violation* find(std::string_view property) const;
};

// The result of a run of a trace, as searching and minimising see it. Without violations: every property held to the end, or the
// trace could not be started.
struct RunResult : Broken {
    std::vector<SeenResult> results;  // where something broke: error and value of each step up to there that ended
};

// Runs a trace, on the model or on another subject. Equal traces give equal results, whatever was run before.
using TraceRunner = std::function<RunResult(const Trace&)>;

// Which part of which engine's work a finding comes from.
struct Origin {
    std::string engine;        // its stable name: "random", "guide", "explore" ...
    std::uint64_t number = 0;  // of the case, session, trace or transition: findings of one engine are ordered by it
    std::string unit;          // for people: "case 17", "findings/x.jsonl", the name of an obligation
};

// A trace that violates a property.
struct Finding {
    Origin origin;
    Trace trace;                        // ends with the step that violates it; no steps: the starting layout does
    std::vector<Violation> violations;  // of that step; never empty
    bool at_end = false;                // only the full check after the last step reported it
    std::string path;                   // of the file that holds the trace; empty: none

    [[nodiscard]] const std::string& property() const { return violations.front().property; }
    [[nodiscard]] const std::string& text() const { return violations.front().text; }
    [[nodiscard]] bool is_internal() const { return property() == internal_assertion_name; }
    [[nodiscard]] bool is_difference() const { return property() == stated_result_name; }
    // The operation that broke it: "munmap", "layout".
    [[nodiscard]] std::string_view last_op() const;
    // Findings of one key count as the same: the property, and the operation that broke it. "gap-cache/munmap".
    [[nodiscard]] std::string key() const;
};

// The finding of a run: its operations up to the broken one, in a trace that expects the violation when it is replayed.
// An internal assertion has no expectation. `header` says where the run started; its title gets the property appended.
Finding make_finding(Origin origin, Broken broken, TraceHeader header, const std::vector<Op<Plain>>& ops);

}  // namespace vmacheck
