#include "checker/smt/paths.hpp"

#include "checker/run/guarded.hpp"
#include "model/state/digest.hpp"

#include <algorithm>
#include <stdexcept>

namespace vmacheck::smt {

// ------------------------------------------------------------------------------------------------ a run

TracedNumber PathRun::input(std::string name, Bounds bounds) {
    const auto id = static_cast<InputId>(recorder_.inputs().size());
    const std::int64_t value = id < values_.size() ? values_[id] : bounds.low;
    bounds_.emplace_back(id, bounds);
    return TracedNumber::input(std::move(name), static_cast<std::uint64_t>(std::clamp(value, bounds.low, bounds.high)));
}

void PathRun::set_next_values(std::vector<std::int64_t> values) {
    values_.resize(recorder_.inputs().size());
    values_.insert(values_.end(), values.begin(), values.end());
}

std::uint64_t PathRun::choose(std::string name, std::uint64_t alternatives) {
    if (alternatives == 1) return 0;
    const TracedNumber chosen = input(std::move(name), {0, static_cast<std::int64_t>(alternatives) - 1});
    for (std::uint64_t each = 0; each + 1 < alternatives; ++each)
        if (chosen == each) return each;
    return alternatives - 1;
}

void PathRun::assume(const TracedNumber& a, Relation relation, const TracedNumber& b) {
    Constraint constraint = compare(a.form(), relation, b.form());
    constraint.kind = ConstraintKind::definition;
    const bool met = holds(constraint, values());
    recorder_.record(std::move(constraint));
    if (met) return;
    stopped_ = true;
    throw Stop{};
}

void PathRun::reject() {
    rejected_ = true;
    throw Stop{};
}

Bounds PathRun::bounds(InputId input) const {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), input,
                                     [](const auto& each, InputId id) { return each.first < id; });
    return at != bounds_.end() && at->first == input ? at->second : any_number;
}

std::vector<std::int64_t> PathRun::values() const {
    std::vector<std::int64_t> values;
    for (const PathRecorder::Input& each : recorder_.inputs()) values.push_back(static_cast<std::int64_t>(each.value));
    return values;
}

void PathRun::run(const std::function<void(PathRun&)>& program) {
    const PathRecorder::Scope scope(recorder_);
    Report report;
    guarded(report, [&] {
        try {
            program(*this);
        } catch (const Stop&) {
        }
    });
    if (!report.empty()) assertion_ = report.violations().front().text;
}

// ------------------------------------------------------------------------------------------------ into a solver

void PathAdder::declare_up_to(std::size_t inputs) {
    for (auto id = static_cast<InputId>(solver_.inputs()); id < inputs; ++id)
        solver_.declare(id, run_.recorder().inputs().at(id).name, run_.bounds(id));
}

void PathAdder::declare(const LinearForm& form) {
    if (!form.terms.empty()) declare_up_to(form.terms.back().input + 1);  // terms are sorted
}

void PathAdder::resume_after(std::size_t constraint) {
    const auto& maxima = run_.recorder().maxima();
    while (next_maximum_ < maxima.size() && maxima[next_maximum_].constraints_before <= constraint) ++next_maximum_;
}

void PathAdder::prepare(std::size_t constraint) {
    const auto& maxima = run_.recorder().maxima();
    for (; next_maximum_ < maxima.size() && maxima[next_maximum_].constraints_before <= constraint; ++next_maximum_) {
        const Maximum& each = maxima[next_maximum_];
        declare(each.a);
        declare(each.b);
        declare_up_to(each.result + 1);
        solver_.add(each);
    }
    if (constraint < run_.recorder().constraints().size()) declare(run_.recorder().constraints()[constraint].form);
}

void PathAdder::finish() {
    prepare(run_.recorder().constraints().size());
    declare_up_to(run_.recorder().inputs().size());
}

// ------------------------------------------------------------------------------------------------ every path

namespace {

bool same(const Constraint& a, const Constraint& b) {
    return a.relation == b.relation && a.form == b.form;
}

std::uint64_t hash_of(const Constraint& constraint) {
    Digest digest;
    digest.add(static_cast<std::uint64_t>(constraint.relation));
    digest.add(static_cast<std::uint64_t>(constraint.form.constant));
    for (const LinearForm::Term& term : constraint.form.terms) {
        digest.add(term.input);
        digest.add(static_cast<std::uint64_t>(term.coefficient));
    }
    return digest.value();
}

class Enumeration {
public:
    Enumeration(Solver& solver, const std::function<void(PathRun&)>& program,
                const std::function<void(const PathLeaf&, Solver&)>& on_leaf, PathOptions options)
        : solver_(solver), program_(program), on_leaf_(on_leaf), options_(options) {}

    PathCounts run() {
        if (solver_.inputs() != 0) throw std::logic_error("paths are enumerated with a solver that has no inputs");
        solver_.push();
        perform({});
        while (negate_branch()) {
        }
        solver_.pop();
        return counts_;
    }

private:
    // A decision of the current path; its frame is on the solver.
    struct Node {
        Constraint constraint;
        std::uint64_t hash;
        std::size_t position;  // among the constraints of the run
        bool negated;          // both sides have been taken
    };

    // Runs the program on the values, which take the decisions of the nodes, and adds the rest of its path.
    void perform(std::vector<std::int64_t> values) {
        for (;;) {
            PathRun run(std::move(values));
            ++counts_.runs;
            run.run(program_);
            add_rest(run);
            if (!run.stopped()) {
                if (run.rejected()) {
                    ++counts_.rejected;
                } else {
                    ++counts_.leaves;
                    on_leaf_({run, nodes_.size()}, solver_);
                }
                return;
            }
            // The values violate an assumption: finds others, on the same path so far, that satisfy it.
            const SolverAnswer verdict = limited() ? SolverAnswer::out_of_budget : solver_.check();
            if (verdict == SolverAnswer::unsat) return;
            if (verdict != SolverAnswer::sat) {
                ++counts_.undecided;
                return;
            }
            values = solver_.values();
        }
    }

    void add_rest(const PathRun& run) {
        const std::vector<Constraint>& constraints = run.recorder().constraints();
        PathAdder adder(run, solver_);
        std::size_t next = 0;
        for (const Node& node : nodes_) {
            if (node.position >= constraints.size() || !same(stated(run, node.position), node.constraint))
                throw std::logic_error("the program decides differently on a path it has taken before");
            next = node.position + 1;
        }
        if (next != 0) adder.resume_after(next - 1);
        for (; next < constraints.size(); ++next) {
            adder.prepare(next);
            const Constraint constraint = stated(run, next);
            if (!is_node(constraint)) {
                solver_.add(constraint);
                continue;
            }
            if (known(constraint)) continue;
            solver_.push();
            solver_.add(constraint);
            nodes_.push_back({constraint, hash_of(constraint), next, false});
        }
        adder.finish();
    }

    // A broken obligation is recorded as if it held; the run ended there.
    static Constraint stated(const PathRun& run, std::size_t position) {
        const std::vector<Constraint>& constraints = run.recorder().constraints();
        const Constraint& constraint = constraints[position];
        const bool broken = position + 1 == constraints.size() && run.assertion() &&
                            constraint.kind == ConstraintKind::obligation && !holds(constraint, run.values());
        return broken ? negation(constraint) : constraint;
    }

    [[nodiscard]] bool is_node(const Constraint& constraint) const {
        return constraint.kind == ConstraintKind::decision ||
               (constraint.kind == ConstraintKind::obligation && options_.obligations);
    }

    // Decided before on this path.
    [[nodiscard]] bool known(const Constraint& constraint) const {
        const std::uint64_t hash = hash_of(constraint);
        return std::any_of(nodes_.rbegin(), nodes_.rend(),
                           [&](const Node& each) { return each.hash == hash && same(each.constraint, constraint); });
    }

    [[nodiscard]] bool limited() const { return options_.most_runs != 0 && counts_.runs >= options_.most_runs; }

    // Goes to the next path; false: there is none.
    bool negate_branch() {
        while (!nodes_.empty()) {
            solver_.pop();
            Node& node = nodes_.back();
            if (!node.negated && try_negated(node)) return true;
            nodes_.pop_back();
        }
        return false;
    }

    bool try_negated(Node& node) {
        ++counts_.decisions;
        const Constraint other = negation(node.constraint);
        solver_.push();
        solver_.add(other);
        const SolverAnswer verdict = limited() ? SolverAnswer::out_of_budget : solver_.check();
        if (verdict != SolverAnswer::sat) {
            ++(verdict == SolverAnswer::unsat ? counts_.infeasible : counts_.undecided);
            solver_.pop();
            return false;
        }
        node.constraint = other;
        node.hash = hash_of(other);
        node.negated = true;
        perform(solver_.values());
        return true;
    }

    Solver& solver_;
    const std::function<void(PathRun&)>& program_;
    const std::function<void(const PathLeaf&, Solver&)>& on_leaf_;
    PathOptions options_;
    std::vector<Node> nodes_;
    PathCounts counts_;
};

}  // namespace

PathCounts enumerate_paths(Solver& solver, const std::function<void(PathRun&)>& program,
                           const std::function<void(const PathLeaf&, Solver&)>& on_leaf, PathOptions options) {
    return Enumeration(solver, program, on_leaf, options).run();
}

}  // namespace vmacheck::smt
