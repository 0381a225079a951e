// Difference bounds: constraints of the form x - y <= c, decided without a solver.
//
// Most comparisons of the model are between two page numbers, so most queries are answered here: as long as the graph
// of the differences has no negative cycle, a potential of it is an assignment. A not-equal and a maximum are split
// into their two cases, a bounded number of times; other constraints (a form of three inputs) are tried on the
// assignments found. unsat is sound, since the graph is weaker than the constraints; sat is sound, since the assignment
// was tried on all of them; otherwise there is no answer.
//
// Feasible potentials are kept along additions as Cotton and Maler, "Fast and flexible difference constraint
// propagation for DPLL(T)" (2006), describe; taking constraints away leaves a potential feasible.
#pragma once

#include "checker/smt/solver.hpp"

#include <optional>

namespace vmacheck::smt {

class Order {
public:
    Order();

    void declare(Bounds bounds);
    void push();
    void pop();
    void add(const Constraint& constraint);
    void add(const Maximum& maximum);

    // sat, unsat, or no answer. Adds the steps it took to units.
    std::optional<SolverAnswer> check(std::uint64_t& units);
    // After sat.
    [[nodiscard]] const std::vector<std::int64_t>& values() const { return values_; }
    // A lower bound of the input, from the differences alone; they must not contradict each other.
    [[nodiscard]] std::int64_t lowest(InputId input) const;

private:
    struct Edge {  // value[to] <= value[from] + weight
        std::uint32_t from;
        std::uint32_t to;
        Wide weight;
    };
    struct Choice {  // one of the two
        Edge either;
        Edge other;
        bool of_maximum;
    };
    struct Frame {
        std::size_t nodes;
        std::size_t edges;
        std::size_t choices;
        std::size_t others;
        std::size_t maxima;
        bool impossible;
    };

    // form <= 0 as an edge, if it is one.
    [[nodiscard]] static std::optional<Edge> edge_of(const LinearForm& form);
    void add_at_most_zero(const LinearForm& form);
    void add_different(const Constraint& constraint);
    void add_edge(const Edge& edge);
    void drop_edges(std::size_t count);
    bool repair(const Edge& edge);
    [[nodiscard]] bool satisfied(const Edge& edge) const {
        return potential_[edge.to] <= potential_[edge.from] + edge.weight;
    }
    std::optional<SolverAnswer> choose(unsigned& tries);
    std::optional<SolverAnswer> with_edge(const Edge& edge, unsigned& tries);
    std::optional<SolverAnswer> try_others();
    [[nodiscard]] bool take(const std::vector<Wide>& assignment);
    [[nodiscard]] const Choice* open_choice(bool of_maximum) const;
    // The least (or greatest) assignment of the differences; index 0 is zero.
    [[nodiscard]] std::vector<Wide> extreme(bool least) const;

    std::vector<std::vector<std::uint32_t>> out_;  // by node, edges that leave it; node 0 is zero, input i is i + 1
    std::vector<Edge> edges_;
    std::vector<Wide> potential_;
    std::vector<Choice> choices_;
    std::vector<Constraint> others_;  // neither an edge nor a choice of edges; less_equal or not_equal
    std::vector<Maximum> maxima_;     // in the order of their results
    std::vector<Frame> frames_;
    bool impossible_ = false;
    mutable std::uint64_t steps_ = 0;
    std::vector<std::int64_t> values_;
};

}  // namespace vmacheck::smt
