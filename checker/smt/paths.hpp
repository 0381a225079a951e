// Paths of code that runs on symbolic numbers: each one once, or the neighbours of one.
//
//   PathCounts counts = enumerate_paths(solver, [](PathRun& run) {
//       const TracedNumber a = run.input("a", {0, 100});
//       const TracedNumber b = run.input("b", {0, 100});
//       run.assume(a, Relation::less, b);
//       ... any code over Traced ...
//   }, [](const PathLeaf& leaf, Solver& solver) { ... });
//
// The program is run again and again on concrete values; the comparisons it makes are the path it took. Depth first:
// the last branch condition whose negation is possible is negated, and the program runs with values that satisfy it. A
// path differs from every other in a decision, so none is seen twice. The program must be a function of its inputs.
#pragma once

#include "checker/smt/solver.hpp"

#include <functional>
#include <optional>

namespace vmacheck::smt {

// Numbers that the model computes (quotients, maxima) lie within these.
inline constexpr Bounds any_number{0, std::int64_t{1} << 62};

// One run of a program: where it gets its inputs.
class PathRun {
public:
    explicit PathRun(std::vector<std::int64_t> values) : values_(std::move(values)) {}

    // The next input. Its value is that of the assignment to run, or the low bound where the assignment says nothing.
    // Inputs may be created at any time, as long as runs with equal decisions so far create the same ones.
    TracedNumber input(std::string name, Bounds bounds);
    // The values of the next inputs, instead of those of the assignment.
    void set_next_values(std::vector<std::int64_t> values);
    // One of 0 .. alternatives - 1, above 0: each is a separate path, chosen at the first call.
    std::uint64_t choose(std::string name, std::uint64_t alternatives);
    // Continues only if it holds, and never takes the other side: a precondition, not a decision.
    void assume(const TracedNumber& a, Relation relation, const TracedNumber& b);
    // This path is of no interest; its neighbours may be.
    [[noreturn]] void reject();

    [[nodiscard]] const PathRecorder& recorder() const { return recorder_; }
    [[nodiscard]] Bounds bounds(InputId input) const;
    // The values of all inputs in this run.
    [[nodiscard]] std::vector<std::int64_t> values() const;

    // How it ended.
    [[nodiscard]] bool rejected() const { return rejected_; }
    // An assumption that the values did not meet: the last constraint recorded, stated as holding.
    [[nodiscard]] bool stopped() const { return stopped_; }
    // The text of the InternalAssertion that ended it.
    [[nodiscard]] const std::optional<std::string>& assertion() const { return assertion_; }

    // Runs it, with this run's recorder in place.
    void run(const std::function<void(PathRun&)>& program);

private:
    struct Stop {};

    std::vector<std::int64_t> values_;
    PathRecorder recorder_;
    std::vector<std::pair<InputId, Bounds>> bounds_;  // of the inputs created so far, by id
    bool rejected_ = false;
    bool stopped_ = false;
    std::optional<std::string> assertion_;
};

// Adds what a run recorded to a solver, step by step: constraints, the maxima between them, the inputs they name.
class PathAdder {
public:
    PathAdder(const PathRun& run, Solver& solver) : run_(run), solver_(solver) {}
    // Continues after the constraint at this position; the solver already has it and all before it.
    void resume_after(std::size_t constraint);
    // Adds the maxima before the constraint at this position, and declares its inputs; not the constraint.
    void prepare(std::size_t constraint);
    // Maxima after the last constraint, and every input.
    void finish();

private:
    void declare_up_to(std::size_t inputs);
    void declare(const LinearForm& form);

    const PathRun& run_;
    Solver& solver_;
    std::size_t next_maximum_ = 0;
};

struct PathLeaf {
    const PathRun& run;
    std::size_t decisions;  // that were not implied by being made before
};

struct PathOptions {
    std::uint64_t most_runs = 0;  // 0: no limit; beyond it the rest counts as undecided
    // Whether differences outside [0, 2^64) are searched for, as other sides of decisions are.
    bool obligations = true;
};

struct PathCounts {
    std::uint64_t leaves = 0;      // paths that ran to their end, by themselves or by an assertion
    std::uint64_t rejected = 0;    // by the program
    std::uint64_t runs = 0;        // of the program
    std::uint64_t decisions = 0;   // whose negation was checked
    std::uint64_t infeasible = 0;  // of them, the other side is not possible
    std::uint64_t undecided = 0;   // of them, the solver gave up or a limit was reached
    [[nodiscard]] bool complete() const { return undecided == 0; }
};

// Calls on_leaf for each path, with the path condition asserted in the solver (which may be pushed and popped
// there), and leaves the solver as it was. The solver has no inputs before.
PathCounts enumerate_paths(Solver& solver, const std::function<void(PathRun&)>& program,
                           const std::function<void(const PathLeaf&, Solver&)>& on_leaf, PathOptions options = {});

}  // namespace vmacheck::smt
