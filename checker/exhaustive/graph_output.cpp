#include "checker/exhaustive/graph_output.hpp"

#include "checker/exhaustive/graph.hpp"
#include "model/op/op_table.hpp"
#include "model/op/short_flags.hpp"
#include "model/state/world.hpp"
#include "traces/format/call_text.hpp"
#include "traces/format/whole_file.hpp"

#include <fmt/format.h>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <unistd.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <stdexcept>

namespace vmacheck {
namespace {

namespace json = boost::json;

bool is_dot(const std::string& path) {
    return path.ends_with(".dot");
}

// "0: [0,2)rw a | 1: ..." in pages; anon_vmas as letters by first appearance.
std::string state_text(const World<Plain>& world) {
    std::string text;
    std::vector<AnonVmaId> names;
    for (std::size_t slot = 0; slot < max_processes; ++slot) {
        const MmId mm = world.process(slot);
        if (!mm) continue;
        if (!text.empty()) text += " | ";
        if (slot != 0 || world.pool<MmId>().live() > 1) text += fmt::format("{}: ", slot);
        std::string vmas;
        world.each_vma(mm, [&](VmaId, const Vma<Plain>& vma) {
            std::size_t name = 0;
            while (name < names.size() && names[name] != vma.anon_vma) ++name;
            if (vma.anon_vma && name == names.size()) names.push_back(vma.anon_vma);
            vmas += fmt::format("{}[{},{}){}{}{}", vmas.empty() ? "" : " ", vma.start.value(), vma.end.value(),
                                (vma.flags & vm::read) != 0 ? "r" : "", (vma.flags & vm::write) != 0 ? "w" : "",
                                vma.anon_vma ? fmt::format("+{}", name + 1) : std::string());
        });
        text += vmas.empty() ? "empty" : vmas;
    }
    return text.empty() ? "no process" : text;
}

// "mprotect [0,2) READ|WRITE": the call in a few words, for an edge. Pages.
std::string short_call(const Op<Plain>& op) {
    const Operation& row = operation(op.kind);
    std::string text(row.name);
    if (op.process != 0) text = fmt::format("{}: {}", op.process, text);
    const std::uint64_t start = op.addr.page.value();
    if (row.has(OpField::len))
        text += fmt::format(" [{},{})", start, start + op.len.round_up().value());
    else if (row.has(OpField::addr))
        text += fmt::format(" {}", start);
    if (row.has(OpField::new_len)) text += fmt::format(" to {} pages", op.new_len.round_up().value());
    if ((op.call_flags & mremap::fixed) != 0 && op.kind == OpKind::mremap)
        text += fmt::format(" at {}", op.new_addr.page.value());
    if (row.has(OpField::prot)) text += fmt::format(" {}", short_flags(op.prot & vm::access).substr(0, 3));
    if (row.has(OpField::advice)) text += fmt::format(" {}", name(op.advice));
    if (row.has(OpField::access)) text += fmt::format(" {}", name(op.access));
    if (op.file != 0) text += fmt::format(" file {}", op.file);
    if (op.fail_alloc.nth != 0) text += fmt::format(", allocation {} fails", op.fail_alloc.nth);
    if (op.meanwhile.nth != 0) text += fmt::format(", meanwhile {}", short_call(operation_of<Plain>(op.meanwhile)));
    return text;
}

// Edges with the same ends are one, with a line for each call; calls that lead back to their state are left out.
std::string dot_text(const ExploredGraph& graph, const std::vector<std::string>& states,
                     const std::vector<ScopeOp>& ops) {
    using Joined = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, std::string>;
    std::map<std::pair<std::size_t, std::size_t>, std::string> labels;
    for (auto [at, end] = boost::edges(graph); at != end; ++at) {
        const std::size_t from = boost::source(*at, graph);
        const std::size_t to = boost::target(*at, graph);
        if (from != to) labels[{from, to}] += short_call(ops[graph[*at].op].op) + "\\n";
    }
    Joined joined(states.size());
    for (const auto& [ends, label] : labels) boost::add_edge(ends.first, ends.second, label, joined);
    std::ostringstream out;
    boost::write_graphviz(
        out, joined, [&](std::ostream& to, auto vertex) { to << fmt::format("[label=\"{}\"]", states[vertex]); },
        [&](std::ostream& to, const auto& edge) { to << fmt::format("[label=\"{}\"]", joined[edge]); });
    return out.str();
}

std::string json_text(const Search& search, const ExploredGraph& graph, const std::vector<std::string>& states,
                      const std::vector<std::string>& calls) {
    json::array edges;
    for (auto [at, end] = boost::edges(graph); at != end; ++at)
        edges.push_back(json::array{boost::source(*at, graph), graph[*at].op, boost::target(*at, graph)});
    return json::serialize(json::object{{"scope", search.scope().name},
                                        {"pages", search.scope().pages},
                                        {"strong_components", strong_component_count(graph)},
                                        {"states", json::array(states.begin(), states.end())},
                                        {"calls", json::array(calls.begin(), calls.end())},
                                        {"transitions", edges}}) +
           "\n";
}

}  // namespace

void expect_graph_path(const std::string& path) {
    if (!is_dot(path) && !path.ends_with(".json"))
        throw std::runtime_error("--graph " + path + ": give a path that ends in .dot or .json");
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    const std::string directory = parent.empty() ? "." : parent.string();
    if (access(directory.c_str(), W_OK | X_OK) != 0)
        throw std::runtime_error("--graph " + path + ": cannot be written; choose another path");
}

void write_graph(const Search& search, const ExploreResult& result, const std::string& path) {
    const ExploredGraph graph = explored_graph(search, result, most_drawn_transitions);
    std::vector<std::string> states;
    Walker walker(search.scope(), search.ops(), search.store().links());
    for (StateNumber state = 0; state < result.states; ++state) states.push_back(state_text(walker.go_to(state)));
    std::vector<std::string> calls;
    for (const ScopeOp& each : search.ops()) calls.push_back(call_text(each.op));
    const std::string text =
        is_dot(path) ? dot_text(graph, states, search.ops()) : json_text(search, graph, states, calls);
    if (const auto wrong = write_whole_file(path, text)) throw std::runtime_error(*wrong + "; choose another path");
}

}  // namespace vmacheck
