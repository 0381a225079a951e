#include "checker/exhaustive/tour.hpp"

#include "checker/exhaustive/cheapest_repeats.hpp"

#include <algorithm>
#include <limits>

namespace vmacheck {
namespace {

using State = std::uint32_t;

// Instead of a call: the trace ends here, and the next begins.
constexpr std::uint32_t next_trace = std::numeric_limits<std::uint32_t>::max();

struct Leg {
    State to = 0;
    std::uint32_t op = 0;
    std::uint64_t times = 1;  // that it is taken
};

// Every transition and its repeats, as legs out of each state, and then the ends of traces.
class Multigraph {
public:
    explicit Multigraph(const ExploredGraph& graph) : legs_(boost::num_vertices(graph)), spare_(legs_.size(), 0) {
        for (State state = 0; state < legs_.size(); ++state) {
            for (auto [at, end] = boost::out_edges(state, graph); at != end; ++at)
                legs_[state].push_back({static_cast<State>(boost::target(*at, graph)), graph[*at].op});
            // Steps to the same state side by side: the first of them is the one that is repeated.
            std::stable_sort(legs_[state].begin(), legs_[state].end(),
                             [](const Leg& a, const Leg& b) { return a.to < b.to; });
        }
        repeat();
        end_traces();
    }

    [[nodiscard]] std::vector<std::vector<Leg>>& legs() { return legs_; }
    [[nodiscard]] std::uint64_t repeated() const { return repeats_.calls; }
    [[nodiscard]] std::uint64_t starts() const { return repeats_.starts; }

private:
    void repeat() {
        std::vector<Passage> passages;
        std::vector<Leg*> repeated;
        for (State state = 0; state < legs_.size(); ++state)
            for (Leg& leg : legs_[state]) {
                if (leg.to == state) continue;
                ++spare_[leg.to], --spare_[state];
                if (!passages.empty() && passages.back().from == state && passages.back().to == leg.to) continue;
                passages.push_back({state, leg.to});
                repeated.push_back(&leg);
            }
        repeats_ = cheapest_repeats(spare_, passages);
        for (std::size_t i = 0; i < passages.size(); ++i) {
            const std::uint64_t times = repeats_.of_passage[i];
            repeated[i]->times += times;
            spare_[passages[i].from] -= static_cast<std::int64_t>(times);
            spare_[passages[i].to] += static_cast<std::int64_t>(times);
        }
    }

    void end_traces() {
        for (State state = 1; state < legs_.size(); ++state)
            if (spare_[state] > 0) legs_[state].push_back({0, next_trace, static_cast<std::uint64_t>(spare_[state])});
    }

    std::vector<std::vector<Leg>> legs_;
    std::vector<std::int64_t> spare_;  // of each state: legs into it, less those out of it
    Repeats repeats_;
};

// Hierholzer's algorithm: every leg as often as it is to be taken, the first the beginning of a trace.
std::vector<Leg> circuit(std::vector<std::vector<Leg>>& legs) {
    std::vector<std::size_t> next(legs.size(), 0);
    std::vector<Leg> way{{0, next_trace}};
    std::vector<Leg> backwards;
    while (!way.empty()) {
        const State state = way.back().to;
        if (next[state] == legs[state].size()) {
            backwards.push_back(way.back());
            way.pop_back();
            continue;
        }
        Leg& leg = legs[state][next[state]];
        way.push_back({leg.to, leg.op});
        if (--leg.times == 0) ++next[state];
    }
    std::reverse(backwards.begin(), backwards.end());
    // It goes from the start to the start, and may as well begin where it comes back there by beginning a trace.
    const auto is_end = [](const Leg& leg) { return leg.op == next_trace; };
    const auto end = std::find_if(backwards.begin() + 1, backwards.end(), is_end);
    if (end == backwards.end()) return backwards;
    const auto place = end - backwards.begin() - 1;
    backwards.erase(backwards.begin());
    std::rotate(backwards.begin(), backwards.begin() + place, backwards.end());
    return backwards;
}

// A shortest way from the start to each state.
class Ways {
public:
    explicit Ways(const std::vector<std::vector<Leg>>& legs) : found_(legs.size(), false), by_(legs.size()) {
        std::vector<State> queue{0};
        found_[0] = true;
        for (std::size_t i = 0; i < queue.size(); ++i)
            for (const Leg& leg : legs[queue[i]]) {
                if (leg.op == next_trace || found_[leg.to]) continue;
                found_[leg.to] = true;
                by_[leg.to] = {queue[i], leg.op, by_[queue[i]].depth + 1};
                queue.push_back(leg.to);
            }
    }
    [[nodiscard]] std::uint64_t depth(State state) const { return by_[state].depth; }
    [[nodiscard]] std::vector<std::uint32_t> to(State state) const {
        std::vector<std::uint32_t> calls;
        for (; state != 0; state = by_[state].from) calls.push_back(by_[state].op);
        std::reverse(calls.begin(), calls.end());
        return calls;
    }

private:
    struct By {
        State from = 0;
        std::uint32_t op = 0;
        std::uint64_t depth = 0;
    };
    std::vector<bool> found_;
    std::vector<By> by_;
};

}  // namespace

Tour make_tour(const ExploredGraph& graph, std::uint64_t trace_calls) {
    Multigraph multigraph(graph);
    const Ways ways(multigraph.legs());
    Tour tour;
    tour.transitions = boost::num_edges(graph);
    tour.least = tour.transitions + multigraph.repeated() + std::max<std::uint64_t>(1, multigraph.starts());
    State at = 0;
    for (const Leg& leg : circuit(multigraph.legs())) {
        // The longer a trace is beyond its measure, the longer a way may be that leads back to where it is cut.
        const std::uint64_t length = tour.traces.empty() ? 0 : tour.traces.back().size();
        if (leg.op == next_trace)
            tour.traces.emplace_back();
        else if (length >= trace_calls && ways.depth(at) <= length - trace_calls)
            tour.traces.push_back(ways.to(at));
        if (leg.op != next_trace) tour.traces.back().push_back(leg.op);
        at = leg.to;
    }
    for (const auto& trace : tour.traces) tour.calls += trace.size();
    return tour;
}

}  // namespace vmacheck
