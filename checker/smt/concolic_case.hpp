// Concolic execution of a sequence of operations: they run on traced numbers, and the solver finds the same operations
// with other numbers, for which one branch condition is negated.
#pragma once

#include "checker/smt/symbolic_ops.hpp"
#include "model/state/world.hpp"

#include <optional>

namespace vmacheck::smt {

class ConcolicCase {
public:
    // Performs the operations from the World; they must have been performed on plain numbers before.
    ConcolicCase(const World<Traced>& start, const std::vector<Op<Plain>>& ops);

    // Where the domain of traced numbers has no answer though plain numbers have one: a sum with a number from 2^63 on.
    [[nodiscard]] bool traceable() const { return !run_.assertion() && !run_.stopped(); }
    [[nodiscard]] const std::vector<Constraint>& constraints() const { return run_.recorder().constraints(); }
    // What the input is, at whatever position: the kind of the operation that has it and which of its numbers it is; a
    // separate number for what the model made.
    [[nodiscard]] std::uint64_t role(InputId input) const;

    // A branch condition that may be negated.
    struct Decision {
        std::size_t position;  // among the constraints
        std::size_t step;      // operation that made it, from 0
        std::size_t ordinal;   // among the constraints of that operation
        const Constraint* constraint;
    };
    struct NegatedBranch {
        Decision decision;
        std::vector<Op<Plain>> ops;
    };
    // Negates each condition that is wanted and that is not implied by an equal one earlier on the path. The solver has
    // no inputs before, nor after.
    std::vector<NegatedBranch> negate_branches(Solver& solver,
                                               const std::function<bool(const Decision&)>& wanted) const;

private:
    [[nodiscard]] std::vector<Op<Plain>> with_values(const std::vector<std::int64_t>& values) const;

    std::vector<Op<Plain>> ops_;
    std::vector<InputId> numbers_;      // inputs of the operations, in order
    std::vector<std::uint64_t> roles_;  // of them
    std::vector<std::size_t> begins_;   // by operation: constraints before it
    PathRun run_;
};

}  // namespace vmacheck::smt
