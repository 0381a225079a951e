// Replays a recording of a real program against the model, and goes on from what the kernel did.
//
// Each call's result is compared with the kernel's. On a difference the step is undone, its cause is looked for
// (cause.hpp), and the model is brought to where the kernel was: a mapping is made again at the kernel's address, a
// break that stayed is left alone. The trace that comes out replays without differences; a note stands at each step
// that was replaced.
#pragma once

#include "checker/conform/known_difference.hpp"
#include "model/state/world_fwd.hpp"
#include "traces/strace/import.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck {

// A VMA of the model, apart from its World. Page numbers.
struct FollowedVma {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    VmFlags flags = 0;
    std::uint64_t pgoff = 0;
    std::uint16_t file = 0;  // id in Parameters::files; 0: none, or a shared anonymous object
    bool special = false;
};

struct PageRange {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
};

// The model's layout when the program opened /proc/self/maps, and what a comparison needs to know of how it came about.
struct FollowedLayout {
    MapsRead read;
    std::vector<FollowedVma> vmas;
    std::map<std::uint64_t, int> joined;  // former boundary (page) -> merge case that last dissolved it
    std::vector<PageRange> mapped_stack;  // mapped with MAP_STACK and still mapped
};

struct Followed {
    Trace trace;
    std::size_t calls = 0;   // compared
    std::size_t agreed = 0;  // results equal outright
    std::vector<ExplainedDifference> differences;
    std::vector<FollowedLayout> layouts;  // one for each of Import::maps_reads, in order
    [[nodiscard]] KnownDifferenceCounts counts() const { return count_causes(differences); }
};

// Replays in the profile and with the faults the trace names. Throws std::runtime_error if the starting layout cannot
// be built, and InternalAssertion on a broken assumption of the model.
Followed follow(const Import& import);

// ------------------------------------------------------------------------------------------------ layouts

struct LayoutComparison {
    std::size_t vmas = 0;   // of the kernel's text, below the end of the address space
    std::size_t equal = 0;  // of them, VMAs of the model too: same range, rights, offset and file
    std::vector<ExplainedDifference> differences;
};

// Compares a followed layout with the maps text the program read then.
LayoutComparison compare_layout(const Import& import, const FollowedLayout& layout, const std::vector<MapsLine>& maps);

// ------------------------------------------------------------------------------------------------ for follow*.cpp only

// Whether the cause explains that the kernel's mmap returned `seen` (bytes) in the given state before the call.
bool thp_alignment_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t seen);
// Whether `modelled` (bytes), which the model returned for the mmap, lies where a stack may have grown to.
bool stack_growth_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t modelled);
bool brk_empty_shrink_explains(const World<Plain>& world, const Op<Plain>& op, std::uint64_t seen);

}  // namespace vmacheck
