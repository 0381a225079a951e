#include "checker/smt/concolic_case.hpp"

#include <algorithm>

namespace vmacheck::smt {
namespace {

// Of the decisions of one path: which were made, whichever way.
class Made {
public:
    // Whether it is new.
    bool add(const Constraint& constraint) {
        const auto at = std::find_if(made_.begin(), made_.end(), [&](const Constraint* each) {
            return each->relation == constraint.relation && each->form == constraint.form;
        });
        if (at != made_.end()) return false;
        made_.push_back(&constraint);
        return true;
    }

private:
    std::vector<const Constraint*> made_;
};

}  // namespace

ConcolicCase::ConcolicCase(const World<Traced>& start, const std::vector<Op<Plain>>& ops) : ops_(ops), run_({}) {
    // Inputs are numbered as they are born, those that the model makes among them, so a value is given with each.
    World<Traced> world = start;
    run_.run([&](PathRun& run) {
        std::size_t step = 0;
        for (const Op<Plain>& each : ops_) {
            const std::size_t first = run.recorder().inputs().size();
            begins_.push_back(run.recorder().constraints().size());
            run.set_next_values(input_values(each));
            const Op<Traced> op = with_inputs(run, each, ++step);
            for (std::size_t id = first; id < run.recorder().inputs().size(); ++id)
                roles_.push_back((std::uint64_t(each.kind) << 8) |
                                 (numbers_.emplace_back(static_cast<InputId>(id)) - first));
            world.apply(op);
            if (!world.outcome().violations.empty()) return;
        }
    });
}

std::uint64_t ConcolicCase::role(InputId input) const {
    const auto at = std::lower_bound(numbers_.begin(), numbers_.end(), input);
    if (at == numbers_.end() || *at != input) return ~std::uint64_t{0};
    return roles_[static_cast<std::size_t>(at - numbers_.begin())];
}

std::vector<Op<Plain>> ConcolicCase::with_values(const std::vector<std::int64_t>& values) const {
    std::vector<Op<Plain>> ops = ops_;
    std::size_t next = 0;
    for (Op<Plain>& each : ops) {
        std::vector<std::int64_t> of_op;
        for (std::size_t i = input_values(each).size(); i > 0 && next < numbers_.size(); --i) {
            const InputId id = numbers_[next++];
            // One that no constraint names stays as it is.
            of_op.push_back(id < values.size() ? values[id]
                                               : static_cast<std::int64_t>(run_.recorder().inputs()[id].value));
        }
        set_input_values(each, of_op);
    }
    return ops;
}

std::vector<ConcolicCase::NegatedBranch> ConcolicCase::negate_branches(
    Solver& solver, const std::function<bool(const Decision&)>& wanted) const {
    std::vector<NegatedBranch> found;
    solver.push();
    PathAdder adder(run_, solver);
    Made made;
    const std::vector<std::int64_t> values = run_.values();
    const std::vector<Constraint>& constraints = run_.recorder().constraints();
    std::size_t step = 0;
    for (std::size_t i = 0; i < constraints.size(); ++i) {
        const Constraint& each = constraints[i];
        while (step + 1 < begins_.size() && begins_[step + 1] <= i) ++step;
        adder.prepare(i);
        if (!made.add(each)) continue;
        const Decision decision{i, step, i - begins_[step], &each};
        if (each.kind != ConstraintKind::definition && wanted(decision)) {
            const SolverAnswer verdict = solver.check_with(negation(each), values);
            if (verdict == SolverAnswer::sat) found.push_back({decision, with_values(solver.values())});
        }
        solver.add(each);
    }
    solver.pop();
    return found;
}

}  // namespace vmacheck::smt
