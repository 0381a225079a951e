// A query: inputs with bounds, and assertions about them, frame by frame.
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
    std::size_t assertions = 0;  // asserted before it
    std::size_t inputs = 0;
};

struct Query {
    std::vector<DeclaredInput> inputs;
    std::vector<Assertion> assertions;
    std::vector<QueryFrame> frames;  // never empty: the first is that of what is never popped
};

// A script of SMT-LIB 2 up to (check-sat). status: "sat", "unsat" or "unknown", the known answer; or
// empty.
std::string smt2_script(const Query& query, std::string_view status);

// Whether the values satisfy all of it, once each maximum is the larger of its operands.
bool satisfied_by(const Query& query, std::vector<std::int64_t>& values);

}  // namespace vmacheck::smt
