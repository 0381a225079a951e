#include "checker/exhaustive/graph.hpp"

#include "checker/run/replay.hpp"
#include "model/state/world.hpp"

#include <fmt/format.h>
#include <boost/graph/strong_components.hpp>

#include <algorithm>
#include <stdexcept>

namespace vmacheck {
namespace {

// Whether the call was a transition, as the search counts them.
bool counts(const Scope& scope, const ScopeOp& call, const Outcome<Plain>& outcome) {
    if (!call.counts(outcome)) return false;
    return outcome.violations.empty() && (outcome.ok() || scope.failing_calls);
}

}  // namespace

ImplicitGraph::ImplicitGraph(Scope scope, const Reduction& reduction)
    : scope_(std::move(scope)),
      ops_(scope_ops(scope_)),
      form_({reduction.keep_shape, reduction.keep_rmap_order || scope_.walks_rmap()}),
      world_(*starting_world(scope_)),
      start_(world_) {
    vertex_of(world_, {});
}

ImplicitGraph::vertex_descriptor ImplicitGraph::vertex_of(const World<Plain>& world,
                                                          std::vector<std::uint32_t> path) const {
    if (!form_.take(world)) throw std::runtime_error("the implicit graph met a state that breaks a property");
    const auto key = form_.key();
    const auto [at, is_new] = known_.emplace(std::vector<std::uint8_t>(key.begin(), key.end()),
                                             static_cast<vertex_descriptor>(paths_.size()));
    if (is_new) {
        paths_.push_back(std::move(path));
        edges_.emplace_back();
        expanded_.push_back(false);
    }
    return at->second;
}

const std::vector<ImplicitEdge>& ImplicitGraph::edges_of(vertex_descriptor vertex) const {
    if (expanded_[vertex]) return edges_[vertex];
    expanded_[vertex] = true;
    world_ = start_;
    const std::vector<std::uint32_t> path = paths_[vertex];
    for (const std::uint32_t op : path) world_.apply(ops_[op].op);
    std::vector<ImplicitEdge> edges;
    for (std::uint32_t op = 0; op < ops_.size(); ++op) {
        if (!op_is_open(scope_, world_, ops_[op].op)) continue;
        if (counts(scope_, ops_[op], world_.apply(ops_[op].op))) {
            std::vector<std::uint32_t> longer = path;
            longer.push_back(op);
            edges.push_back({vertex, vertex_of(world_, std::move(longer)), op});
        }
        world_.undo();
    }
    edges_[vertex] = std::move(edges);
    return edges_[vertex];
}

void each_transition(const Search& search, const std::function<void(StateNumber, std::uint32_t, StateNumber)>& f) {
    const ExpandOptions& options = search.options().expand;
    if (options.orbits) throw std::runtime_error("orbits are not the states of a graph");
    if (options.hash_compact) throw std::runtime_error("hash-compact storage has no transitions to show");
    const StateStore& store = search.store();
    Walker walker(search.scope(), search.ops(), store.links());
    CanonicalForm form(options.reduction);
    const auto position_of = [&](const World<Plain>& world) {
        if (!form.take(world)) internal_assertion_failed("a state that was consistent has become inconsistent");
        const auto position = store.find(form.key(), StateStore::hash(form.key()));
        if (!position) internal_assertion_failed("a transition leads to a state that was not found");
        return *position;
    };
    std::vector<std::uint32_t> positions;  // in the order of the numbers, and so sorted
    for (StateNumber state = 0; state < store.finished(); ++state)
        positions.push_back(position_of(walker.go_to(state)));
    for (StateNumber from = 0; from < store.finished(); ++from) {
        World<Plain>& world = walker.go_to(from);
        for (std::uint32_t op = 0; op < search.ops().size(); ++op) {
            const ScopeOp& call = search.ops()[op];
            if (!op_is_open(search.scope(), world, call.op)) continue;
            if (counts(search.scope(), call, world.apply(call.op))) {
                const auto to = std::lower_bound(positions.begin(), positions.end(), position_of(world));
                f(from, op, static_cast<StateNumber>(to - positions.begin()));
            }
            world.undo();
        }
    }
}

ExploredGraph explored_graph(const Search& search, const ExploreResult& result, std::uint64_t most) {
    if (!result.complete) throw std::runtime_error("the graph of a search that is not complete is not to be had");
    if (result.counts.transitions > most)
        throw std::runtime_error(
            fmt::format("the graph has {} transitions, and at most {} are handled; choose fewer pages",
                        result.counts.transitions, most));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
    std::vector<TransitionLabel> labels;
    edges.reserve(result.counts.transitions);
    labels.reserve(result.counts.transitions);
    each_transition(search, [&](StateNumber from, std::uint32_t op, StateNumber to) {
        edges.emplace_back(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
        labels.push_back({op});
    });
    return ExploredGraph(boost::edges_are_sorted, edges.begin(), edges.end(), labels.begin(),
                         static_cast<std::uint32_t>(result.states));
}

std::size_t strong_component_count(const ExploredGraph& graph) {
    std::vector<std::uint32_t> component(boost::num_vertices(graph));
    return boost::strong_components(
        graph, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
}

}  // namespace vmacheck
