// Traces that together take every transition of a scope at least once, as short in total as can be: what a real kernel
// is run through.
//
// Every trace begins in the starting state, and to begin one counts as much as a call. Which transitions are taken more
// than once is a flow of minimum cost (cheapest_repeats.hpp); an Eulerian circuit of all of them, cut where a trace
// ends, is the tour. Only traces that would be too long, which are cut once more and need a way back to where they
// were, can make it longer than `least`.
#pragma once

#include "checker/exhaustive/graph.hpp"

#include <vector>

namespace vmacheck {

struct Tour {
    std::vector<std::vector<std::uint32_t>> traces;  // calls by number
    std::uint64_t calls = 0;                         // of all traces
    std::uint64_t transitions = 0;                   // each taken at least once
    std::uint64_t least = 0;                         // no tour has fewer calls and traces together
};

// `trace_calls`: a trace that is as long is cut where the way back from the start is short.
Tour make_tour(const ExploredGraph& graph, std::uint64_t trace_calls);

}  // namespace vmacheck
