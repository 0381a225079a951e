// The solver: is there an assignment of the inputs that satisfies the constraints of a path?
//
//   Solver solver(options);
//   solver.declare(0, "addr", {0, 100});       // ids are those of the forms, in order
//   solver.push();
//   solver.add(constraint);                    // of model/state/number.hpp
//   switch (solver.check()) { case SolverAnswer::sat: ... solver.value(0) ... }
//   solver.pop();
//
// Verdicts are never collapsed: `unsat` alone is a proof. Numbers are mathematical integers within the stated bounds.
// What difference bounds decide is answered without Z3 (order.hpp); the rest by Z3, linear integer
// arithmetic, whose frames are kept along the path. Deterministic: the same calls give the same verdicts and values.
#pragma once

#include "model/state/number.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck::smt {

enum class SolverAnswer : std::uint8_t {
    sat,
    unsat,
    unknown,        // the solver gave up
    out_of_budget,  // resource units of the query, or of all queries, are spent
};
std::string_view name(SolverAnswer verdict);

// Inclusive; within [-2^62, 2^62].
struct Bounds {
    std::int64_t low = 0;
    std::int64_t high = (std::int64_t{1} << 53);  // more pages than 64 bits of bytes have
};

// What solvers that are created one after the other may share, since it takes milliseconds to create. The model of a
// query may depend on earlier queries in it, so those who share it must query in a fixed order.
class SolverContext;
std::shared_ptr<SolverContext> make_solver_context();

struct SolverOptions {
    // Resource units, 0: no limit. A unit is one of Z3's (`rlimit`), or one step of the difference bounds.
    std::uint64_t units_per_query = 20'000'000;
    std::uint64_t units_in_all = 0;
    bool order_first = true;   // false: Z3 answers everything
    unsigned near_tries = 24;  // assignments near a given one that are tried first
    std::string dump_dir;      // each query as a file of SMT-LIB 2; empty: none
    std::string dump_prefix = "query";
    std::shared_ptr<SolverContext> context;  // none: a new one
};

struct SolverCounts {
    std::uint64_t queries = 0;
    std::uint64_t by_order = 0;  // of them, answered by difference bounds
    std::uint64_t nearby = 0;    // of them, answered by an assignment near one that was given
    std::uint64_t sat = 0;
    std::uint64_t unsat = 0;
    std::uint64_t undecided = 0;
    std::uint64_t units = 0;
    void add(const SolverCounts& other);
};

// The negation of form RELATION 0; a not_equal becomes an equal.
Constraint negation(const Constraint& constraint);
// Sums of bounds and coefficients never leave it.
__extension__ using Wide = __int128;
// The value of a form; an input without a value counts as 0.
Wide evaluate(const LinearForm& form, const std::vector<std::int64_t>& values);
// Whether the values satisfy it.
bool holds(const Constraint& constraint, const std::vector<std::int64_t>& values);
bool holds(const Maximum& maximum, const std::vector<std::int64_t>& values);
// Constraints from forms: a < b, a <= b, a == b, a != b.
Constraint compare(const LinearForm& a, Relation relation, const LinearForm& b);
LinearForm form_of(InputId input);
LinearForm form_of_constant(std::int64_t constant);

class Solver {
public:
    explicit Solver(SolverOptions options = {});
    ~Solver();
    Solver(const Solver&) = delete;
    Solver& operator=(const Solver&) = delete;

    // The next input; `input` is the number of inputs so far. Gone with the frame it was declared in.
    void declare(InputId input, std::string_view name, Bounds bounds);
    [[nodiscard]] std::size_t inputs() const;

    void push();
    void pop(std::size_t frames = 1);
    [[nodiscard]] std::size_t frames() const;
    // Whatever the kind of the constraint.
    void add(const Constraint& constraint);
    void add(const Maximum& maximum);

    SolverAnswer check();
    // Of the assertions and this constraint, which is not kept.
    SolverAnswer check_with(const Constraint& constraint);
    // The same; first tries assignments near one that satisfies the assertions: a number of the constraint, or that and
    // the next input, moved as far as needed.
    SolverAnswer check_with(const Constraint& constraint, const std::vector<std::int64_t>& near);
    // Whether the assertions imply it: unsat means yes.
    SolverAnswer check_without(const Constraint& constraint) { return check_with(negation(constraint)); }
    SolverAnswer check_without(const Constraint& constraint, const std::vector<std::int64_t>& near) {
        return check_with(negation(constraint), near);
    }

    // After a check that gave sat: an assignment of every declared input, until the next call that changes something.
    [[nodiscard]] const std::vector<std::int64_t>& values() const;
    [[nodiscard]] std::int64_t value(InputId input) const { return values().at(input); }

    // Makes the inputs smallest one after the other (each as small as those before it allow). sat: values() has them.
    // Anything else: the verdict of the query that stopped it, and values() are those of the last that was sat.
    SolverAnswer minimise(const std::vector<InputId>& order);

    [[nodiscard]] const SolverCounts& counts() const;
    // The assertions, as a self-contained SMT-LIB 2 script that ends with (check-sat).
    [[nodiscard]] std::string script() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vmacheck::smt
