// Replays a recording of a real program in lockstep with the kernel that ran it.
//
// Each call's result is compared with the kernel's. On a difference the step is undone, its cause is looked for
// (known_difference.hpp), and the model is brought to where the kernel was: a mapping is made again at the kernel's
// address, a break that stayed is left alone. The resulting trace replays without differences; each step that was
// replaced has a note.
//
// A recorder's import also says which memory had been faulted before a call, and which layout there was after it. Faults
// are steps of the resulting trace; where the order of several between two calls is not known, they are in that of addresses.
#pragma once

#include "checker/conform/known_difference.hpp"
#include "checker/conform/layout_history.hpp"
#include "model/state/world_fwd.hpp"
#include "traces/strace/import.hpp"

#include <vector>

namespace vmacheck {

struct Lockstep {
    Trace trace;
    std::size_t calls = 0;   // compared
    std::size_t agreed = 0;  // whose result is the kernel's, without any adjustment
    std::vector<ExplainedDifference> differences;
    std::vector<LayoutAtRead> layouts;  // one for each of Import::maps_reads, in order

    // Of a recording: the layouts that the recorder saw, against the model's.
    std::size_t layouts_compared = 0;
    std::size_t layouts_equal = 0;
    // Each where it was first seen; line: of the call before.
    std::vector<ExplainedDifference> layout_differences;
    std::size_t equal_calls = 0;  // that agree, and after which no new difference of the layout was seen
    std::size_t faults = 0;       // steps added, since the recorder found memory that had been faulted
    // Of these, in a VMA whose neighbour below was faulted between the same two calls: which came first is not known, and
    // may decide which anon_vma they have.
    std::size_t faults_unordered = 0;
    // Pages that the recorder found, and that the model could not fault.
    std::size_t faults_refused = 0;

    [[nodiscard]] KnownDifferenceCounts counts() const { return count_causes(differences); }
};

// Replays with the setup of the import's trace. Throws SetupError if the starting layout cannot be built, and
// InternalAssertion on a broken assumption of the model.
Lockstep replay_in_lockstep(const Import& import);

}  // namespace vmacheck
