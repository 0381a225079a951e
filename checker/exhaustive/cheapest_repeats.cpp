#include "checker/exhaustive/cheapest_repeats.hpp"

#include <algorithm>
#include <limits>

namespace vmacheck {
namespace {

// Primal-dual: potentials from a search for shortest distances, then as much flow as there is along ways that are
// shortest, and again, until everything that is wanted has come.
class Flow {
public:
    using Node = std::uint32_t;
    static constexpr std::uint64_t endless = std::uint64_t{1} << 62;

    explicit Flow(std::size_t nodes) : first_(nodes + 1, 0), potential_(nodes, 0), distance_(nodes), at_(nodes) {}

    // `capacity` units can go from one node to the other, each at a cost of 0 or 1. Returns the number of the way. Not
    // after run().
    std::uint32_t add(Node from, Node to, std::uint64_t capacity, std::int32_t cost) {
        added_.push_back({from, to, capacity, cost});
        ++first_[from + 1], ++first_[to + 1];
        return static_cast<std::uint32_t>(added_.size() - 1);
    }

    // Sends all that can be sent, at the least cost.
    void run(Node source, Node sink) {
        lay_out();
        while (find_distances(source, sink)) {
            while (find_levels(source, sink)) {
                std::copy(first_.begin(), first_.end() - 1, at_.begin());
                while (send_along_one_way(source, sink)) {
                }
            }
        }
    }

    // What went through.
    [[nodiscard]] std::uint64_t through(std::uint32_t number) const {
        return arcs_[arcs_[place_[number]].back].capacity;
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    struct Added {
        Node from;
        Node to;
        std::uint64_t capacity;
        std::int32_t cost;
    };
    struct Arc {
        Node to;
        std::uint32_t back;      // the arc that takes its flow back
        std::uint64_t capacity;  // that is left
        std::int32_t cost;
    };

    // Arcs from the same node lie side by side: searches look at all of them again and again.
    void lay_out() {
        for (std::size_t node = 1; node < first_.size(); ++node) first_[node] += first_[node - 1];
        std::vector<std::uint32_t> free(first_.begin(), first_.end() - 1);
        arcs_.resize(2 * added_.size());
        for (const Added& each : added_) {
            const std::uint32_t there = free[each.from]++;
            const std::uint32_t back = free[each.to]++;
            arcs_[there] = {each.to, back, each.capacity, each.cost};
            arcs_[back] = {each.from, there, 0, -each.cost};
            place_.push_back(there);
        }
    }

    [[nodiscard]] std::int64_t reduced(Node from, const Arc& arc) const {
        return arc.cost + potential_[from] - potential_[arc.to];
    }
    [[nodiscard]] bool usable(Node from, const Arc& arc) const { return arc.capacity > 0 && reduced(from, arc) == 0; }

    // Dijkstra's algorithm with a queue for each distance, which is a small number here.
    bool find_distances(Node source, Node sink) {
        std::fill(distance_.begin(), distance_.end(), none);
        std::vector<std::vector<Node>> queues(1);
        queues[0].push_back(source);
        distance_[source] = 0;
        for (std::size_t d = 0; d < queues.size(); ++d) {
            for (std::size_t i = 0; i < queues[d].size(); ++i) {
                const Node node = queues[d][i];
                if (distance_[node] != d) continue;  // it was found nearer
                for (std::uint32_t a = first_[node]; a != first_[node + 1]; ++a) {
                    const Arc& arc = arcs_[a];
                    if (arc.capacity == 0) continue;
                    const std::size_t there = d + static_cast<std::size_t>(reduced(node, arc));
                    if (there >= distance_[arc.to]) continue;
                    distance_[arc.to] = static_cast<std::uint32_t>(there);
                    if (queues.size() <= there) queues.resize(there + 1);
                    queues[there].push_back(arc.to);
                }
            }
            if (distance_[sink] <= d) break;
        }
        if (distance_[sink] == none) return false;
        for (Node node = 0; node < potential_.size(); ++node)
            potential_[node] += std::min(distance_[node], distance_[sink]);
        return true;
    }

    // Among shortest ways those with the fewest arcs: without an order they could run in circles that cost nothing.
    bool find_levels(Node source, Node sink) {
        std::fill(distance_.begin(), distance_.end(), none);
        queue_.assign(1, source);
        distance_[source] = 0;
        for (std::size_t i = 0; i < queue_.size() && distance_[sink] == none; ++i) {
            const Node node = queue_[i];
            for (std::uint32_t a = first_[node]; a != first_[node + 1]; ++a)
                if (usable(node, arcs_[a]) && distance_[arcs_[a].to] == none) {
                    distance_[arcs_[a].to] = distance_[node] + 1;
                    queue_.push_back(arcs_[a].to);
                }
        }
        return distance_[sink] != none;
    }

    // Depth first, by arcs that lead one level on; an arc that leads nowhere is not looked at again.
    bool send_along_one_way(Node source, Node sink) {
        way_.clear();
        Node node = source;
        while (node != sink) {
            std::uint32_t& a = at_[node];
            const std::uint32_t end = first_[node + 1];
            while (a != end && !(distance_[arcs_[a].to] == distance_[node] + 1 && usable(node, arcs_[a]))) ++a;
            if (a != end) {
                way_.push_back(a);
                node = arcs_[a].to;
                continue;
            }
            if (node == source) return false;
            node = arcs_[arcs_[way_.back()].back].to;
            ++at_[node];
            way_.pop_back();
        }
        std::uint64_t units = endless;
        for (const std::uint32_t a : way_) units = std::min(units, arcs_[a].capacity);
        for (const std::uint32_t a : way_) {
            arcs_[a].capacity -= units;
            arcs_[arcs_[a].back].capacity += units;
        }
        return true;
    }

    std::vector<Added> added_;
    std::vector<std::uint32_t> place_;  // of what was added, its arc
    std::vector<Arc> arcs_;
    std::vector<std::uint32_t> first_;  // of each node: its first arc, and where the next node's begin
    std::vector<std::int64_t> potential_;
    std::vector<std::uint32_t> distance_;  // or the level
    std::vector<std::uint32_t> at_;        // of each node: the arc to try next
    std::vector<Node> queue_;
    std::vector<std::uint32_t> way_;
};

}  // namespace

Repeats cheapest_repeats(std::span<const std::int64_t> spare, std::span<const Passage> passages) {
    const auto states = static_cast<Flow::Node>(spare.size());
    const Flow::Node source = states;
    const Flow::Node sink = states + 1;
    Flow flow(states + 2);
    std::vector<std::uint32_t> arcs;
    arcs.reserve(passages.size());
    for (const Passage& each : passages) arcs.push_back(flow.add(each.from, each.to, Flow::endless, 1));
    // State 0 is entered by beginning a trace, however often.
    const std::uint32_t starts = flow.add(source, 0, Flow::endless, 1);
    std::vector<std::uint32_t> wanted;
    for (Flow::Node state = 0; state < states; ++state) {
        if (spare[state] > 0) flow.add(source, state, static_cast<std::uint64_t>(spare[state]), 0);
        if (spare[state] < 0) flow.add(state, sink, static_cast<std::uint64_t>(-spare[state]), 0);
    }
    flow.run(source, sink);
    Repeats repeats;
    for (const std::uint32_t arc : arcs) {
        repeats.of_passage.push_back(flow.through(arc));
        repeats.calls += flow.through(arc);
    }
    repeats.starts = flow.through(starts);
    return repeats;
}

}  // namespace vmacheck
