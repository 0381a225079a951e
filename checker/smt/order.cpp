#include "checker/smt/order.hpp"

#include <algorithm>
#include <numeric>
#include <queue>

namespace vmacheck::smt {
namespace {

// Cases tried for one query before it goes to the solver.
constexpr unsigned most_tries = 64;

template <class T>
T floor_divided(T a, T b) {  // b > 0
    const T q = a / b;
    return a % b < 0 ? q - 1 : q;
}

LinearForm scaled(const LinearForm& form, std::int64_t factor) {
    LinearForm result;
    result.add(form, factor);
    return result;
}

LinearForm plus_one(LinearForm form) {
    form.constant += 1;
    return form;
}

}  // namespace

Order::Order() : out_(1), potential_(1, 0) {}

void Order::declare(Bounds bounds) {
    const auto node = static_cast<std::uint32_t>(out_.size());
    out_.emplace_back();
    potential_.push_back(potential_[0] + bounds.low);
    add_edge({0, node, bounds.high});
    add_edge({node, 0, -static_cast<Wide>(bounds.low)});
}

void Order::push() {
    frames_.push_back({out_.size(), edges_.size(), choices_.size(), others_.size(), maxima_.size(), impossible_});
}

void Order::pop() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    drop_edges(frame.edges);
    out_.resize(frame.nodes);
    potential_.resize(frame.nodes);
    choices_.resize(frame.choices);
    others_.erase(others_.begin() + static_cast<std::ptrdiff_t>(frame.others), others_.end());
    maxima_.erase(maxima_.begin() + static_cast<std::ptrdiff_t>(frame.maxima), maxima_.end());
    impossible_ = frame.impossible;
}

// A common factor of the coefficients is divided out, rounding towards what integers can meet.
std::optional<Order::Edge> Order::edge_of(const LinearForm& form) {
    if (form.terms.empty() || form.terms.size() > 2) return std::nullopt;
    const LinearForm::Term& first = form.terms.front();
    const Wide factor = first.coefficient < 0 ? -static_cast<Wide>(first.coefficient) : first.coefficient;
    const Wide weight = floor_divided<Wide>(-static_cast<Wide>(form.constant), factor);
    const std::uint32_t node = first.input + 1;
    std::uint32_t second = 0;
    if (form.terms.size() == 2) {
        if (form.terms.back().coefficient != -first.coefficient) return std::nullopt;
        second = form.terms.back().input + 1;
    }
    if (first.coefficient > 0) return Edge{second, node, weight};
    return Edge{node, second, weight};
}

void Order::add(const Constraint& constraint) {
    switch (constraint.relation) {
        case Relation::less_equal: add_at_most_zero(constraint.form); break;
        case Relation::less: add_at_most_zero(plus_one(constraint.form)); break;
        case Relation::equal:
            add_at_most_zero(constraint.form);
            add_at_most_zero(scaled(constraint.form, -1));
            break;
        case Relation::not_equal: add_different(constraint); break;
    }
}

void Order::add_different(const Constraint& constraint) {
    if (constraint.form.is_constant()) {
        impossible_ |= constraint.form.constant == 0;
        return;
    }
    const auto below = edge_of(plus_one(constraint.form));
    const auto above = edge_of(plus_one(scaled(constraint.form, -1)));
    if (below && above)
        choices_.push_back({*below, *above, false});
    else
        others_.push_back(constraint);
}

void Order::add(const Maximum& maximum) {
    const LinearForm result = form_of(maximum.result);
    std::optional<Edge> cases[2];
    for (const LinearForm* each : {&maximum.a, &maximum.b}) {
        add_at_most_zero(compare(*each, Relation::less_equal, result).form);
        cases[each == &maximum.b ? 1 : 0] = edge_of(compare(result, Relation::less_equal, *each).form);
    }
    if (cases[0] && cases[1]) choices_.push_back({*cases[0], *cases[1], true});
    maxima_.push_back(maximum);
}

void Order::add_at_most_zero(const LinearForm& form) {
    if (form.is_constant())
        impossible_ |= form.constant > 0;
    else if (const auto edge = edge_of(form))
        add_edge(*edge);
    else
        others_.push_back({form, Relation::less_equal, ConstraintKind::decision});
}

void Order::add_edge(const Edge& edge) {
    out_[edge.from].push_back(static_cast<std::uint32_t>(edges_.size()));
    edges_.push_back(edge);
    // Within a contradiction the potential stays that of the edges before it.
    if (!impossible_ && !repair(edge)) impossible_ = true;
}

void Order::drop_edges(std::size_t count) {
    while (edges_.size() > count) {
        out_[edges_.back().from].pop_back();
        edges_.pop_back();
    }
}

// Lowers the potential of the nodes that the new edge forces down. false: a negative cycle, and the potential is as before.
bool Order::repair(const Edge& edge) {
    ++steps_;
    if (satisfied(edge)) return true;
    std::vector<std::pair<std::uint32_t, Wide>> before;
    std::vector<bool> settled(potential_.size(), false);
    using Entry = std::pair<Wide, std::uint32_t>;  // by how much a node must come down (negative)
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> waiting;
    waiting.push({potential_[edge.from] + edge.weight - potential_[edge.to], edge.to});
    while (!waiting.empty()) {
        const auto [change, node] = waiting.top();
        waiting.pop();
        if (settled[node]) continue;
        if (node == edge.from) {
            for (const auto& [each, value] : before) potential_[each] = value;
            return false;
        }
        settled[node] = true;
        before.emplace_back(node, potential_[node]);
        potential_[node] += change;
        for (const std::uint32_t at : out_[node]) {
            ++steps_;
            const Edge& next = edges_[at];
            const Wide further = potential_[node] + next.weight - potential_[next.to];
            if (further < 0 && !settled[next.to]) waiting.push({further, next.to});
        }
    }
    return true;
}

std::optional<SolverAnswer> Order::check(std::uint64_t& units) {
    unsigned tries = most_tries;
    std::optional<SolverAnswer> verdict = SolverAnswer::unsat;
    if (!impossible_) verdict = choose(tries);
    units += steps_;
    steps_ = 0;
    return verdict;
}

const Order::Choice* Order::open_choice(bool of_maximum) const {
    steps_ += choices_.size();
    for (const Choice& each : choices_)
        if (each.of_maximum == of_maximum && !satisfied(each.either) && !satisfied(each.other)) return &each;
    return nullptr;
}

// Adds an edge for the first choice that the potential does not satisfy, one way or the other. A maximum follows from
// its operands, so maxima come last.
std::optional<SolverAnswer> Order::choose(unsigned& tries) {
    const Choice* open = open_choice(false);
    if (open == nullptr) {
        const auto verdict = try_others();
        if (verdict) return verdict;
        open = open_choice(true);
    }
    if (open == nullptr) return std::nullopt;
    const Choice choice = *open;
    const auto either = with_edge(choice.either, tries);
    if (either == SolverAnswer::sat) return either;
    const auto other = with_edge(choice.other, tries);
    if (other == SolverAnswer::sat) return other;
    if (either == SolverAnswer::unsat && other == SolverAnswer::unsat) return SolverAnswer::unsat;
    return std::nullopt;
}

std::optional<SolverAnswer> Order::with_edge(const Edge& edge, unsigned& tries) {
    if (tries == 0) return std::nullopt;
    --tries;
    const std::size_t before = edges_.size();
    add_edge(edge);
    const auto verdict = impossible_ ? SolverAnswer::unsat : choose(tries);
    impossible_ = false;
    drop_edges(before);
    return verdict;
}

// All choices are satisfied. Tries the other constraints on the potential, then on the least and greatest assignment.
std::optional<SolverAnswer> Order::try_others() {
    if (take(potential_)) return SolverAnswer::sat;
    const std::vector<Wide> least = extreme(true);
    const std::vector<Wide> greatest = extreme(false);
    for (const Constraint& each : others_) {
        if (each.relation != Relation::less_equal) continue;
        Wide at_least = each.form.constant;
        for (const LinearForm::Term& term : each.form.terms)
            at_least += term.coefficient * (term.coefficient > 0 ? least : greatest)[term.input + 1];
        if (at_least > 0) return SolverAnswer::unsat;
    }
    if (take(least) || take(greatest)) return SolverAnswer::sat;
    return std::nullopt;
}

// Whether the assignment satisfies everything, once each maximum is the larger of its operands.
bool Order::take(const std::vector<Wide>& assignment) {
    values_.resize(assignment.size() - 1);
    for (std::size_t i = 0; i < values_.size(); ++i)
        values_[i] = static_cast<std::int64_t>(assignment[i + 1] - assignment[0]);
    bool moved = false;
    for (const Maximum& each : maxima_) {
        const Wide a = evaluate(each.a, values_);
        const Wide b = evaluate(each.b, values_);
        const auto larger = static_cast<std::int64_t>(a < b ? b : a);
        moved |= values_[each.result] != larger;
        values_[each.result] = larger;
    }
    steps_ += values_.size() + others_.size() + maxima_.size() + choices_.size() + (moved ? edges_.size() : 0);
    const auto at = [&](std::uint32_t node) { return node == 0 ? Wide{0} : Wide{values_[node - 1]}; };
    const auto met = [&](const Edge& edge) { return at(edge.to) <= at(edge.from) + edge.weight; };
    return std::all_of(others_.begin(), others_.end(), [&](const Constraint& each) { return holds(each, values_); }) &&
           std::all_of(choices_.begin(), choices_.end(),
                       [&](const Choice& each) { return met(each.either) || met(each.other); }) &&
           (!moved || std::all_of(edges_.begin(), edges_.end(), met));
}

// Bellman and Ford: few rounds, since most edges lead to zero.
std::vector<Wide> Order::extreme(bool least) const {
    constexpr Wide none = static_cast<Wide>(1) << 100;
    std::vector<Wide> found(potential_.size(), least ? -none : none);
    found[0] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        steps_ += edges_.size();
        for (const Edge& each : edges_) {
            if (least && found[each.from] < found[each.to] - each.weight) {
                found[each.from] = found[each.to] - each.weight;
                changed = true;
            } else if (!least && found[each.to] > found[each.from] + each.weight) {
                found[each.to] = found[each.from] + each.weight;
                changed = true;
            }
        }
    }
    return found;
}

std::int64_t Order::lowest(InputId input) const {
    return static_cast<std::int64_t>(extreme(true).at(input + 1));
}

}  // namespace vmacheck::smt
