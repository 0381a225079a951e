#include "checker/exhaustive/tour_steps.hpp"

#include "checker/exhaustive/tour.hpp"
#include "model/op/op_table.hpp"

#include <stdexcept>

namespace vmacheck {
namespace {

constexpr std::uint64_t most_transitions = 2'000'000;
constexpr std::uint64_t trace_calls = 1000;

// A mapping that goes anywhere keeps its address, which is none.
Op<Plain> moved(Op<Plain> op, std::uint64_t pages) {
    const bool anywhere = op.kind == OpKind::mmap && op.addr.value() == 0;
    if (operation(op.kind).find(OpField::addr) != nullptr && !anywhere) op.addr.page = op.addr.page + pages;
    if (op.kind == OpKind::mremap && (op.call_flags & (mremap::fixed | mremap::dontunmap)) != 0)
        op.new_addr.page = op.new_addr.page + pages;
    return op;
}

}  // namespace

std::vector<std::vector<Op<Plain>>> tour_steps(const Scope& scope, const Parameters& parameters) {
    Search search(scope, {});
    const ExploreResult explored = search.run({});
    if (explored.finding) throw std::runtime_error("scope " + scope.name + ": " + explored.finding->text());
    const Tour tour = make_tour(explored_graph(search, explored, most_transitions), trace_calls);
    const std::uint64_t up = parameters.mmap_base - scope.pages;
    std::vector<std::vector<Op<Plain>>> traces;
    for (const std::vector<std::uint32_t>& each : tour.traces) {
        std::vector<Op<Plain>>& ops = traces.emplace_back();
        for (const std::uint32_t call : each) ops.push_back(moved(search.ops()[call].op, up));
    }
    return traces;
}

}  // namespace vmacheck
