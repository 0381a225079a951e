// State graphs as Boost.Graph sees them.
#include "checker/exhaustive/graph.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/graph_concepts.hpp>
#include <boost/property_map/function_property_map.hpp>

namespace vmacheck {
namespace {

BOOST_CONCEPT_ASSERT((boost::IncidenceGraphConcept<ImplicitGraph>));

// Colours of vertices that are met on the way.
struct Colors {
    using key_type = ImplicitGraph::vertex_descriptor;
    using value_type = boost::default_color_type;
    using reference = value_type;
    using category = boost::read_write_property_map_tag;
    std::shared_ptr<std::map<key_type, value_type>> seen = std::make_shared<std::map<key_type, value_type>>();
    friend value_type get(const Colors& colors, key_type key) {
        const auto at = colors.seen->find(key);
        return at == colors.seen->end() ? boost::white_color : at->second;
    }
    friend void put(const Colors& colors, key_type key, value_type color) { (*colors.seen)[key] = color; }
};

struct Counting : boost::bfs_visitor<> {
    std::uint64_t* states;
    std::uint64_t* transitions;
    void discover_vertex(ImplicitGraph::vertex_descriptor, const ImplicitGraph&) { ++*states; }
    void examine_edge(const ImplicitEdge&, const ImplicitGraph&) { ++*transitions; }
};

TEST(ImplicitGraph, BreadthFirstVisitCountsWhatTheSearchCounts) {
    for (const auto& [name, pages] : std::map<std::string, unsigned>{{"peer", 3}, {"swap", 1}, {"lock", 2}}) {
        SCOPED_TRACE(name);
        const ImplicitGraph graph(scope_named(name, pages));
        std::uint64_t states = 0;
        std::uint64_t transitions = 0;
        Counting counting;
        counting.states = &states;
        counting.transitions = &transitions;
        boost::queue<ImplicitGraph::vertex_descriptor> open;
        boost::breadth_first_visit(graph, graph.start(), open, counting, Colors());
        const ExploreResult searched = explore(scope_named(name, pages));
        EXPECT_EQ(states, searched.states);
        EXPECT_EQ(transitions, searched.counts.transitions);
        EXPECT_EQ(graph.met(), searched.states);
    }
}

TEST(ExploredGraph, HasEveryTransitionAndOneComponentWhereAllCanBeUnmapped) {
    Search search(scope_named("peer", 3), {});
    const ExploreResult result = search.run();
    const ExploredGraph graph = explored_graph(search, result, 1'000'000);
    EXPECT_EQ(boost::num_vertices(graph), 192u);
    EXPECT_EQ(boost::num_edges(graph), 5'475u);
    EXPECT_EQ(strong_component_count(graph), 1u);
    EXPECT_THROW(explored_graph(search, result, 5'474), std::runtime_error);
}

TEST(ExploredGraph, OfASearchThatIsNotCompleteIsRefused) {
    ExploreOptions options;
    options.limits.depth = 2;
    Search search(scope_named("peer", 3), options);
    const ExploreResult result = search.run();
    EXPECT_THROW(explored_graph(search, result, 1'000'000), std::runtime_error);
}

}  // namespace
}  // namespace vmacheck
