// What a solver is asked: inputs with bounds, and what was asserted of them, frame by frame.
#pragma once

#include "checker/smt/solver.hpp"

#include <variant>

namespace vmacheck::smt {

struct DeclaredInput {
    std::string name;
    Bounds bounds;
};

// An InputId: the bounds of that input.
using Assertion = std::variant<InputId, Constraint, Maximum>;

struct QueryFrame {
    std::uint64_t id = 0;        // no two frames of a solver have the same
    std::size_t assertions = 0;  // that stood before it
    std::size_t inputs = 0;
};

struct Query {
    std::vector<DeclaredInput> inputs;
    std::vector<Assertion> assertions;
    std::vector<QueryFrame> frames;  // never empty: the first is that of what is never popped
};

// A script of SMT-LIB 2 up to (check-sat). status: "sat", "unsat" or "unknown", stated as what is known of it; or
// empty.
std::string smt2_script(const Query& query, std::string_view status);

// Whether all of it holds of the values, once each maximum is what its two make it.
bool satisfied_by(const Query& query, std::vector<std::int64_t>& values);

}  // namespace vmacheck::smt
