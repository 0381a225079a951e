// A sequence of operations on traced numbers, and its neighbours: the same operations with other numbers, which decide
// differently at one place.
#pragma once

#include "checker/smt/traced_ops.hpp"
#include "model/world.hpp"

#include <optional>

namespace vmacheck::smt {

class TracedCase {
public:
    // Performs the operations from the World; they must have been performed on plain numbers before.
    TracedCase(const World<Traced>& start, const std::vector<Op<Plain>>& ops);

    // Where the domain of traced numbers has no answer though plain numbers have one: a sum with a number from 2^63 on.
    [[nodiscard]] bool traceable() const { return !run_.assertion() && !run_.stopped(); }
    [[nodiscard]] std::size_t decisions() const { return run_.recorder().constraints().size(); }

    struct Neighbour {
        std::size_t decision = 0;  // that is turned around: its position among the constraints
        std::vector<Op<Plain>> ops;
    };
    // Turns around each decision from this position on, except one that was made before, as long as the solver has
    // units left. The solver has no inputs before, nor after.
    std::vector<Neighbour> neighbours(Solver& solver, std::size_t from) const;

private:
    [[nodiscard]] std::vector<Op<Plain>> with_values(const std::vector<std::int64_t>& values) const;

    std::vector<Op<Plain>> ops_;
    std::vector<InputId> numbers_;  // inputs of the operations, in order
    PathRun run_;
};

}  // namespace vmacheck::smt
