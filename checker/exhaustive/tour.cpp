#include "checker/exhaustive/tour.hpp"

#include <algorithm>
#include <limits>

namespace vmacheck {
namespace {

using State = std::uint32_t;

constexpr std::uint32_t everywhere = std::numeric_limits<std::uint32_t>::max();
// States that are looked at for something left before the start is gone back to.
constexpr std::uint32_t near_by = 4096;

struct Edge {
    State to = 0;
    std::uint32_t op = 0;
};

class Tourist {
public:
    Tourist(const ExploredGraph& graph, std::uint64_t trace_calls)
        : trace_calls_(trace_calls),
          edges_(boost::num_vertices(graph)),
          next_(edges_.size(), 0),
          seen_(edges_.size(), 0) {
        for (State state = 0; state < edges_.size(); ++state) {
            for (auto [at, end] = boost::out_edges(state, graph); at != end; ++at)
                edges_[state].push_back({static_cast<State>(boost::target(*at, graph)), graph[*at].op});
            // Those that lead back come first, and cost no way back.
            std::stable_partition(edges_[state].begin(), edges_[state].end(),
                                  [&](const Edge& edge) { return edge.to == state; });
        }
        tour_.transitions = boost::num_edges(graph);
    }

    Tour run() {
        tour_.least = tour_.transitions + unavoidable();
        begin_trace();
        for (std::uint64_t left = tour_.transitions; left > 0;) {
            if (has_left(at_)) {
                take_new();
                --left;
            } else {
                go_on();
            }
        }
        return std::move(tour_);
    }

private:
    struct Visit {
        State state;
        std::uint32_t depth;
        Edge by;
        std::uint32_t from;  // place in the queue
    };

    [[nodiscard]] std::size_t left(State state) const { return edges_[state].size() - next_[state]; }
    [[nodiscard]] bool has_left(State state) const { return left(state) != 0; }

    void begin_trace() {
        tour_.traces.emplace_back();
        at_ = 0;
    }
    void take(const Edge& edge) {
        tour_.traces.back().push_back(edge.op);
        ++tour_.calls;
        at_ = edge.to;
    }
    // A transition that was not taken yet: back to here if there is one, else to where most is left.
    void take_new() {
        std::vector<Edge>& edges = edges_[at_];
        std::size_t best = next_[at_];
        if (edges[best].to != at_)
            for (std::size_t i = best + 1; i < edges.size(); ++i)
                if (left(edges[i].to) > left(edges[best].to)) best = i;
        std::swap(edges[best], edges[next_[at_]]);
        take(edges[next_[at_]++]);
    }

    // Walks to a state with something left.
    void go_on() {
        // States are numbered by their distance from the start, so the first with something left is nearest to it.
        while (!has_left(nearest_)) ++nearest_;
        if (to_nearest_for_ != nearest_) {
            to_nearest_ = path(
                0, [this](State state) { return state == nearest_; }, everywhere, everywhere);
            to_nearest_for_ = nearest_;
        }
        std::vector<Edge> way;
        if (tour_.traces.back().size() < trace_calls_)
            way = path(
                at_, [this](State state) { return has_left(state); }, static_cast<std::uint32_t>(to_nearest_.size()),
                near_by);
        if (way.empty()) {
            begin_trace();
            way = to_nearest_;
        }
        for (const Edge& each : way) take(each);
    }

    // A shortest way of at most so many calls to a state that is wanted, as far as so many states are looked at; empty:
    // there is none, or it is here.
    template <class Wanted>
    std::vector<Edge> path(State from, Wanted&& wanted, std::uint32_t most, std::uint32_t most_states) {
        ++epoch_;
        queue_.clear();
        queue_.push_back({from, 0, {}, 0});
        seen_[from] = epoch_;
        for (std::size_t i = 0; i < queue_.size(); ++i) {
            const Visit visit = queue_[i];
            if (wanted(visit.state)) return way_to(i);
            if (visit.depth == most || queue_.size() > most_states) continue;
            for (const Edge& edge : edges_[visit.state]) {
                if (seen_[edge.to] == epoch_) continue;
                seen_[edge.to] = epoch_;
                queue_.push_back({edge.to, visit.depth + 1, edge, static_cast<std::uint32_t>(i)});
            }
        }
        return {};
    }
    [[nodiscard]] std::vector<Edge> way_to(std::size_t i) const {
        std::vector<Edge> way;
        for (; queue_[i].depth > 0; i = queue_[i].from) way.push_back(queue_[i].by);
        std::reverse(way.begin(), way.end());
        return way;
    }

    // A state with more transitions out of it than into it is entered more often than there are transitions into it.
    // Each such entry ends a way from the start, or from a state of which the opposite is true: at least as long as
    // that from the nearest of these.
    [[nodiscard]] std::uint64_t unavoidable() const {
        std::vector<std::int64_t> spare(edges_.size(), 0);  // transitions into each state, less those out of it
        for (State state = 0; state < edges_.size(); ++state)
            for (const Edge& edge : edges_[state]) ++spare[edge.to], --spare[state];
        constexpr std::uint64_t far = std::numeric_limits<std::uint64_t>::max();
        std::vector<std::uint64_t> distance(edges_.size(), far);
        std::vector<State> queue;
        for (State state = 0; state < edges_.size(); ++state)
            if (state == 0 || spare[state] > 0) {
                distance[state] = 0;
                queue.push_back(state);
            }
        for (std::size_t i = 0; i < queue.size(); ++i)
            for (const Edge& edge : edges_[queue[i]])
                if (distance[edge.to] == far) {
                    distance[edge.to] = distance[queue[i]] + 1;
                    queue.push_back(edge.to);
                }
        std::uint64_t calls = 0;
        for (State state = 1; state < edges_.size(); ++state)
            if (spare[state] < 0) calls += static_cast<std::uint64_t>(-spare[state]) * distance[state];
        return calls;
    }

    std::uint64_t trace_calls_;
    std::vector<std::vector<Edge>> edges_;  // of each state: those that were taken first
    std::vector<std::size_t> next_;         // of each state: its first that was not taken
    std::vector<std::uint32_t> seen_;       // by the walk with this number
    std::vector<Visit> queue_;
    std::uint32_t epoch_ = 0;
    State at_ = 0;
    State nearest_ = 0;
    State to_nearest_for_ = 0;
    std::vector<Edge> to_nearest_;  // a shortest way from the start to the state of this number
    Tour tour_;
};

}  // namespace

Tour make_tour(const ExploredGraph& graph, std::uint64_t trace_calls) {
    return Tourist(graph, trace_calls).run();
}

}  // namespace vmacheck
