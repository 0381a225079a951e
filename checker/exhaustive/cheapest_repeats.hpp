// How often each transition of a state graph must be taken once more, so that a tour can take all of them and the sum
// of these repeats and of the tour's traces is the smallest there is: the directed Chinese postman's problem, solved as
// a flow of minimum cost.
//
// Every trace begins in state 0, which costs as much as a call, and may end anywhere, which costs nothing. A state that
// has more transitions out of it than into it must be entered that many times more: by repeats that begin where more
// lead in than out, or in state 0. Where the flow ends all states are left as often as they are entered, once the ends
// of traces are counted, and what such a graph has is an Eulerian circuit.
//
// Written out here because what Boost.Graph has for it sends one unit at a time, each through all of the graph; a test
// compares the costs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vmacheck {

// A place in the graph that a walk can go from and to, by however many transitions.
struct Passage {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
};

struct Repeats {
    std::vector<std::uint64_t> of_passage;  // in their order
    std::uint64_t calls = 0;                // their sum
    std::uint64_t starts = 0;               // of traces that they need in state 0
};

// `spare`: of each state, the transitions into it less those out of it, loops aside. Every state can be reached from
// state 0, and the passages are all different and no loops. Which of several solutions is found is always the same.
Repeats cheapest_repeats(std::span<const std::int64_t> spare, std::span<const Passage> passages);

}  // namespace vmacheck
