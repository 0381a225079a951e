// The graph of a small scope as a file, for people: Graphviz or JSON.
#pragma once

#include "checker/exhaustive/search.hpp"

#include <string>

namespace vmacheck {

// Larger graphs are refused: no one can read them.
inline constexpr std::uint64_t most_drawn_transitions = 20'000;

// Throws std::runtime_error if the path ends in neither .dot nor .json.
void expect_graph_path(const std::string& path);

// Writes the graph of a complete search: states with their VMAs, transitions with their calls; self-loops are left out
// of .dot. Throws std::runtime_error if it is too large or cannot be written.
void write_graph(const Search& search, const ExploreResult& result, const std::string& path);

}  // namespace vmacheck
