#include "checker/smt/solver.hpp"

#include "checker/smt/nearby.hpp"
#include "checker/smt/order.hpp"
#include "checker/smt/query.hpp"
#include "checker/smt/z3_backend.hpp"
#include "traces/format/whole_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

namespace vmacheck::smt {

Wide evaluate(const LinearForm& form, const std::vector<std::int64_t>& values) {
    Wide sum = form.constant;
    for (const LinearForm::Term& term : form.terms)
        if (term.input < values.size()) sum += static_cast<Wide>(term.coefficient) * values[term.input];
    return sum;
}

std::string_view name(SolverAnswer verdict) {
    switch (verdict) {
        case SolverAnswer::sat: return "sat";
        case SolverAnswer::unsat: return "unsat";
        case SolverAnswer::unknown: return "unknown";
        case SolverAnswer::out_of_budget: break;
    }
    return "out of budget";
}

void SolverCounts::add(const SolverCounts& other) {
    queries += other.queries;
    by_order += other.by_order;
    nearby += other.nearby;
    sat += other.sat;
    unsat += other.unsat;
    undecided += other.undecided;
    units += other.units;
}

Constraint negation(const Constraint& constraint) {
    Constraint result = constraint;
    switch (constraint.relation) {
        case Relation::equal: result.relation = Relation::not_equal; return result;
        case Relation::not_equal: result.relation = Relation::equal; return result;
        case Relation::less: result.relation = Relation::less_equal; break;
        case Relation::less_equal: result.relation = Relation::less; break;
    }
    result.form = LinearForm{};
    result.form.add(constraint.form, -1);
    return result;
}

bool holds(const Constraint& constraint, const std::vector<std::int64_t>& values) {
    const Wide value = evaluate(constraint.form, values);
    switch (constraint.relation) {
        case Relation::equal: return value == 0;
        case Relation::not_equal: return value != 0;
        case Relation::less: return value < 0;
        case Relation::less_equal: break;
    }
    return value <= 0;
}

bool holds(const Maximum& maximum, const std::vector<std::int64_t>& values) {
    const Wide result = maximum.result < values.size() ? values[maximum.result] : 0;
    return result == std::max(evaluate(maximum.a, values), evaluate(maximum.b, values));
}

Constraint compare(const LinearForm& a, Relation relation, const LinearForm& b) {
    Constraint result{a, relation, ConstraintKind::decision};
    result.form.add(b, -1);
    return result;
}

LinearForm form_of(InputId input) {
    LinearForm form;
    form.terms.push_back({input, 1});
    return form;
}

LinearForm form_of_constant(std::int64_t constant) {
    LinearForm form;
    form.constant = constant;
    return form;
}

class Solver::Impl {
public:
    explicit Impl(SolverOptions chosen) : options(std::move(chosen)) {
        query.frames.emplace_back();
        if (!options.dump_dir.empty()) std::filesystem::create_directories(options.dump_dir);
    }

    SolverAnswer check() { return count(answer()); }

    SolverAnswer check_near(const Constraint& last, const std::vector<std::int64_t>& near) {
        if (spent() || !options.order_first) return check();
        std::optional<std::vector<std::int64_t>> found = find_near(query, last, near, options.near_tries, counts.units);
        if (!found) return check();
        values = *std::move(found);
        ++counts.nearby;
        return count(SolverAnswer::sat);
    }

    SolverAnswer count(SolverAnswer verdict) {
        ++counts.queries;
        counts.sat += verdict == SolverAnswer::sat ? 1 : 0;
        counts.unsat += verdict == SolverAnswer::unsat ? 1 : 0;
        counts.undecided += verdict != SolverAnswer::sat && verdict != SolverAnswer::unsat ? 1 : 0;
        if (!options.dump_dir.empty()) dump(verdict);
        return verdict;
    }

    void push() {
        query.frames.push_back({++last_frame, query.assertions.size(), query.inputs.size()});
        order.push();
    }
    void pop() {
        if (query.frames.size() <= 1) throw std::logic_error("Solver::pop without a frame");
        query.assertions.erase(query.assertions.begin() + static_cast<std::ptrdiff_t>(query.frames.back().assertions),
                               query.assertions.end());
        query.inputs.resize(query.frames.back().inputs);
        query.frames.pop_back();
        order.pop();
    }
    template <class T>
    void add(const T& assertion) {
        query.assertions.emplace_back(assertion);
        order.add(assertion);
    }

    SolverOptions options;
    Query query;
    Order order;
    SolverCounts counts;
    std::vector<std::int64_t> values;

private:
    [[nodiscard]] bool spent() const { return options.units_in_all != 0 && counts.units >= options.units_in_all; }

    SolverAnswer answer() {
        if (spent()) return SolverAnswer::out_of_budget;
        if (options.order_first) {
            if (const auto verdict = order.check(counts.units)) {
                ++counts.by_order;
                if (*verdict == SolverAnswer::sat) values = order.values();
                return *verdict;
            }
        }
        if (!z3) z3 = std::make_unique<Z3Backend>(options.context);
        std::uint64_t limit = options.units_per_query;
        if (options.units_in_all != 0) {
            const std::uint64_t left = options.units_in_all - std::min(options.units_in_all, counts.units);
            if (left == 0) return SolverAnswer::out_of_budget;
            limit = limit == 0 ? left : std::min(limit, left);
        }
        const SolverAnswer verdict = z3->check(query, limit, counts.units);
        if (verdict == SolverAnswer::sat) values = z3->values();
        return verdict;
    }

    // A name that sorts as the queries were asked; an answer of this solver, from Z3 or not.
    void dump(SolverAnswer verdict) const {
        const bool decided = verdict == SolverAnswer::sat || verdict == SolverAnswer::unsat;
        const std::string path = fmt::format("{}/{}-{:07}.smt2", options.dump_dir, options.dump_prefix, counts.queries);
        const std::string text =
            fmt::format("; answer: {}\n{}", name(verdict), smt2_script(query, decided ? name(verdict) : "unknown"));
        if (const auto wrong = write_whole_file(path, text)) throw std::runtime_error(*wrong);
    }

    std::unique_ptr<Z3Backend> z3;
    std::uint64_t last_frame = 0;
};

Solver::Solver(SolverOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Solver::~Solver() = default;

void Solver::declare(InputId input, std::string_view name, Bounds bounds) {
    if (input != impl_->query.inputs.size()) throw std::logic_error("inputs are declared in their order");
    impl_->query.inputs.push_back({std::string(name), bounds});
    impl_->query.assertions.emplace_back(input);
    impl_->order.declare(bounds);
}

std::size_t Solver::inputs() const {
    return impl_->query.inputs.size();
}
void Solver::push() {
    impl_->push();
}
void Solver::pop(std::size_t frames) {
    for (std::size_t i = 0; i < frames; ++i) impl_->pop();
}
std::size_t Solver::frames() const {
    return impl_->query.frames.size() - 1;
}
void Solver::add(const Constraint& constraint) {
    impl_->add(constraint);
}
void Solver::add(const Maximum& maximum) {
    impl_->add(maximum);
}
SolverAnswer Solver::check() {
    return impl_->check();
}

SolverAnswer Solver::check_with(const Constraint& constraint) {
    push();
    add(constraint);
    const SolverAnswer verdict = check();
    pop();
    return verdict;
}

SolverAnswer Solver::check_with(const Constraint& constraint, const std::vector<std::int64_t>& near) {
    push();
    add(constraint);
    const SolverAnswer verdict = impl_->check_near(constraint, near);
    pop();
    return verdict;
}

const std::vector<std::int64_t>& Solver::values() const {
    return impl_->values;
}

// Each input first at the bound that the differences give, which is nearly always it; otherwise by halving.
SolverAnswer Solver::minimise(const std::vector<InputId>& order) {
    SolverAnswer verdict = check();
    if (verdict != SolverAnswer::sat) return verdict;
    push();
    for (const InputId input : order) {
        std::vector<std::int64_t> best = values();
        std::int64_t low = impl_->order.lowest(input);  // not below it
        for (std::int64_t tried = low; low < best.at(input); tried = low + (best.at(input) - low) / 2) {
            verdict = check_with(compare(form_of(input), Relation::less_equal, form_of_constant(tried)));
            if (verdict == SolverAnswer::sat)
                best = values();
            else if (verdict == SolverAnswer::unsat)
                low = tried + 1;
            else
                break;
        }
        impl_->values = best;
        if (verdict != SolverAnswer::sat && verdict != SolverAnswer::unsat) break;
        add(compare(form_of(input), Relation::equal, form_of_constant(best.at(input))));
        verdict = SolverAnswer::sat;
    }
    pop();
    return verdict;
}

const SolverCounts& Solver::counts() const {
    return impl_->counts;
}

std::string Solver::script() const {
    return smt2_script(impl_->query, {});
}

}  // namespace vmacheck::smt
