// Tours: every transition is taken, and in as few calls as can be.
#include "checker/exhaustive/tour.hpp"
#include "checker/exhaustive/cheapest_repeats.hpp"
#include "model/state/world.hpp"
#include "tests/checker/exhaustive/explore.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/successive_shortest_path_nonnegative_weights.hpp>

// Does not include what it needs, and so comes after the other.
#include <boost/graph/find_flow_cost.hpp>

#include <set>

namespace vmacheck {
namespace {

// The least sum of repeats and starts, as Boost.Graph finds it.
class BoostFlow {
public:
    BoostFlow(const std::vector<std::int64_t>& spare, const std::vector<Passage>& passages)
        : graph_(spare.size() + 2), source_(spare.size()), sink_(spare.size() + 1) {
        constexpr std::int64_t much = 1'000'000'000;
        for (const Passage& each : passages) add(each.from, each.to, much, 1);
        add(source_, 0, much, 1);
        for (std::size_t state = 0; state < spare.size(); ++state) {
            if (spare[state] > 0) add(source_, state, spare[state], 0);
            if (spare[state] < 0) add(state, sink_, -spare[state], 0);
        }
    }
    std::uint64_t cost() {
        boost::successive_shortest_path_nonnegative_weights(graph_, source_, sink_);
        return static_cast<std::uint64_t>(boost::find_flow_cost(graph_));
    }

private:
    using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
    using Graph = boost::adjacency_list<
        boost::vecS, boost::vecS, boost::directedS, boost::no_property,
        boost::property<boost::edge_capacity_t, std::int64_t,
                        boost::property<boost::edge_residual_capacity_t, std::int64_t,
                                        boost::property<boost::edge_reverse_t, Traits::edge_descriptor,
                                                        boost::property<boost::edge_weight_t, std::int64_t>>>>>;

    void add(std::size_t from, std::size_t to, std::int64_t capacity, std::int64_t weight) {
        const auto there = boost::add_edge(from, to, graph_).first;
        const auto back = boost::add_edge(to, from, graph_).first;
        boost::put(boost::edge_capacity, graph_, there, capacity);
        boost::put(boost::edge_capacity, graph_, back, 0);
        boost::put(boost::edge_weight, graph_, there, weight);
        boost::put(boost::edge_weight, graph_, back, -weight);
        boost::put(boost::edge_reverse, graph_, there, back);
        boost::put(boost::edge_reverse, graph_, back, there);
    }

    Graph graph_;
    std::size_t source_;
    std::size_t sink_;
};

// After the repeats no state is left more often than it is entered, but for the start as often as traces begin there.
void expect_entered_often_enough(std::vector<std::int64_t> spare, const std::vector<Passage>& passages,
                                 const Repeats& repeats) {
    std::uint64_t calls = 0;
    for (std::size_t i = 0; i < passages.size(); ++i) {
        const auto times = static_cast<std::int64_t>(repeats.of_passage[i]);
        spare[passages[i].from] -= times;
        spare[passages[i].to] += times;
        calls += repeats.of_passage[i];
    }
    spare[0] += static_cast<std::int64_t>(repeats.starts);
    EXPECT_EQ(calls, repeats.calls);
    for (const std::int64_t each : spare) EXPECT_GE(each, 0);
}

RC_GTEST_PROP(CheapestRepeats, CostWhatBoostGraphFinds, ()) {
    const auto states = *rc::gen::inRange<std::uint32_t>(1, 9);
    std::set<std::pair<std::uint32_t, std::uint32_t>> chosen;
    for (std::uint32_t state = 1; state < states; ++state)  // every state can be reached
        chosen.emplace(*rc::gen::inRange<std::uint32_t>(0, state), state);
    const auto more = *rc::gen::inRange(0, 20);
    for (int i = 0; i < more; ++i) {
        const auto from = *rc::gen::inRange<std::uint32_t>(0, states);
        const auto to = *rc::gen::inRange<std::uint32_t>(0, states);
        if (from != to) chosen.emplace(from, to);
    }
    std::vector<Passage> passages;
    std::vector<std::int64_t> spare(states, 0);
    for (const auto& [from, to] : chosen) {
        passages.push_back({from, to});
        const auto transitions = *rc::gen::inRange<std::int64_t>(1, 6);
        spare[from] -= transitions;
        spare[to] += transitions;
    }
    const Repeats repeats = cheapest_repeats(spare, passages);
    expect_entered_often_enough(spare, passages, repeats);
    RC_ASSERT(repeats.calls + repeats.starts == BoostFlow(spare, passages).cost());
}

TEST(CheapestRepeats, EnterWhatIsLeftMoreOften) {
    // 0 -> 1 twice, 1 -> 2 four times, 2 -> 0 once: state 1 is entered twice more, by state 0, which is entered three
    // times more, by going back there or by a trace that begins.
    const std::vector<Passage> passages{{0, 1}, {1, 2}, {2, 0}};
    const Repeats repeats = cheapest_repeats(std::vector<std::int64_t>{-1, -2, 3}, passages);
    EXPECT_EQ(repeats.of_passage[0], 2u);
    EXPECT_EQ(repeats.of_passage[1], 0u);
    EXPECT_EQ(repeats.of_passage[2] + repeats.starts, 3u);
    EXPECT_EQ(repeats.calls + repeats.starts, 5u);
}

struct Toured {
    const char* scope;
    unsigned pages;
};

class Tours : public testing::TestWithParam<Toured> {};

TEST_P(Tours, TakeEveryTransitionInAsFewCallsAsCanBe) {
    const Scope scope = scope_named(GetParam().scope, GetParam().pages);
    Search search(scope, {});
    const ExploreResult result = search.run();
    const ExploredGraph graph = explored_graph(search, result, 1'000'000);
    const Tour tour = make_tour(graph, 1'000'000);
    EXPECT_EQ(tour.transitions, result.counts.transitions);
    CanonicalForm form(search.options().expand.reduction);
    std::set<std::pair<std::string, std::uint32_t>> taken;
    std::uint64_t calls = 0;
    for (const auto& trace : tour.traces) {
        EXPECT_FALSE(trace.empty());
        Walker start(scope, search.ops(), search.store().links());
        World<Plain>& world = start.world();
        for (const std::uint32_t op : trace) {
            ASSERT_TRUE(form.take(world));
            const std::string from(form.key().begin(), form.key().end());
            const Outcome<Plain>& outcome = world.apply(search.ops()[op].op);
            EXPECT_TRUE(scope.failing_calls || outcome.ok());
            taken.emplace(from, op);
            ++calls;
        }
    }
    EXPECT_EQ(taken.size(), result.counts.transitions);
    EXPECT_EQ(calls, tour.calls);
    EXPECT_EQ(tour.calls + tour.traces.size(), tour.least);

    const Tour cut = make_tour(graph, 300);
    EXPECT_GE(cut.traces.size(), tour.traces.size());
    for (const auto& trace : cut.traces) EXPECT_LE(trace.size(), 300 + 2 * result.depth());
}

INSTANTIATE_TEST_SUITE_P(Scopes, Tours,
                         testing::Values(Toured{"peer", 3}, Toured{"swap", 1}, Toured{"move", 2}, Toured{"lock", 2}),
                         [](const auto& each) { return std::string(each.param.scope); });

}  // namespace
}  // namespace vmacheck
