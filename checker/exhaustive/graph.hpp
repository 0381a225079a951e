// State graphs as Boost.Graph sees them.
//
// ImplicitGraph makes a state's successors on demand, through World::apply like everything else; it
// models IncidenceGraph and VertexListGraph as far as breadth_first_visit needs them. It stores canonical keys in a
// std::map, so that its counts are independent of those of the search.
//
// ExploredGraph is what a finished search has found, with every transition, as a compressed graph: for components,
// tours, Graphviz and JSON. It takes some 12 bytes a transition and is made for scopes that fit into memory.
#pragma once

#include "checker/exhaustive/search.hpp"
#include "model/state/world.hpp"

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/graph_traits.hpp>
#include <boost/graph/properties.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vmacheck {

struct ImplicitEdge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t op = 0;
    friend bool operator==(const ImplicitEdge&, const ImplicitEdge&) = default;
};

class ImplicitGraph {
public:
    using vertex_descriptor = std::uint32_t;
    using edge_descriptor = ImplicitEdge;
    using out_edge_iterator = std::vector<ImplicitEdge>::const_iterator;
    using degree_size_type = std::size_t;
    using vertices_size_type = std::size_t;
    using vertex_iterator = std::vector<std::uint32_t>::const_iterator;
    using directed_category = boost::directed_tag;
    using edge_parallel_category = boost::allow_parallel_edge_tag;
    struct traversal_category : virtual boost::incidence_graph_tag, virtual boost::vertex_list_graph_tag {};

    explicit ImplicitGraph(Scope scope, const Reduction& reduction = {});

    [[nodiscard]] vertex_descriptor start() const { return 0; }
    // Made on demand. Edges are the transitions that count, in the order of the calls.
    const std::vector<ImplicitEdge>& edges_of(vertex_descriptor vertex) const;
    // Vertices met so far, the successors of all whose edges were made among them.
    [[nodiscard]] std::size_t met() const { return paths_.size(); }

private:
    vertex_descriptor vertex_of(const World<Plain>& world, std::vector<std::uint32_t> path) const;

    Scope scope_;
    std::vector<ScopeOp> ops_;
    mutable CanonicalForm form_;
    mutable World<Plain> world_;
    World<Plain> start_;
    mutable std::map<std::vector<std::uint8_t>, vertex_descriptor> known_;
    mutable std::vector<std::vector<std::uint32_t>> paths_;  // calls that lead to each vertex
    mutable std::vector<std::vector<ImplicitEdge>> edges_;
    mutable std::vector<bool> expanded_;
};

// What Boost.Graph calls.
inline std::pair<ImplicitGraph::out_edge_iterator, ImplicitGraph::out_edge_iterator> out_edges(
    ImplicitGraph::vertex_descriptor vertex, const ImplicitGraph& graph) {
    const auto& edges = graph.edges_of(vertex);
    return {edges.begin(), edges.end()};
}
inline std::size_t out_degree(ImplicitGraph::vertex_descriptor vertex, const ImplicitGraph& graph) {
    return graph.edges_of(vertex).size();
}
inline ImplicitGraph::vertex_descriptor source(const ImplicitEdge& edge, const ImplicitGraph&) {
    return edge.from;
}
inline ImplicitGraph::vertex_descriptor target(const ImplicitEdge& edge, const ImplicitGraph&) {
    return edge.to;
}

struct TransitionLabel {
    std::uint32_t op = 0;  // number of the call in the scope
};
using ExploredGraph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, TransitionLabel,
                                                         boost::no_property, std::uint32_t, std::uint32_t>;

// Calls f(from, call, to) for each transition of a complete search, in the order of their numbers.
void each_transition(const Search& search, const std::function<void(StateNumber, std::uint32_t, StateNumber)>& f);

// The graph of a complete search, self-loops included. Throws std::runtime_error if it has more transitions than
// `most`, or the search is not complete.
ExploredGraph explored_graph(const Search& search, const ExploreResult& result, std::uint64_t most);

// Strongly connected components of the graph.
std::size_t strong_component_count(const ExploredGraph& graph);

}  // namespace vmacheck
