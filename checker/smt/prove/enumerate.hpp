// Enumerates every path of a program that runs on symbolic numbers.
//
// A program has inputs within bounds. Each run follows one path; the branch conditions it recorded are negated one by
// one, the deepest first, and if the solver finds inputs for a negation, the program runs again with those inputs. A
// negation that is unsat cannot happen. So when no branch is pending, and none was undecided, every path has been run,
// for every value of the inputs. The inputs of a run that finds a violation are a counterexample.
//
// Parts (PathRecorder::begin_check) do not depend on each other: each is enumerated separately below its path, under the
// conditions of the path and of the part before it.
#pragma once

#include "checker/smt/prove/implied_bounds.hpp"
#include "model/op/op.hpp"
#include "model/state/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vmacheck::prove {

using smt::SolverCounts;
using smt::SolverOptions;

struct InputSpec {
    std::string name;
    Bounds bounds;
    std::uint64_t initial = 0;  // some path's; together they satisfy what the program states as definitions
};

// How a run ended.
struct RunEnd {
    std::vector<Violation> violations;
    // The path counts only up to this many of its constraints, and its parts not at all: the run belongs to another
    // program, or has to be made again with more of its choices settled.
    std::optional<std::size_t> cut_at;
};

class PathProgram {
public:
    virtual ~PathProgram() = default;
    [[nodiscard]] virtual std::vector<InputSpec> inputs() const = 0;
    // Declares the inputs with these values in the recorder, whose scope is open, and runs.
    virtual RunEnd run(const std::vector<std::uint64_t>& values, PathRecorder& recorder) = 0;
};

// Inputs for which something is violated.
struct Counterexample {
    std::vector<std::uint64_t> values;
    std::vector<Violation> violations;
};

struct PathCounts {
    std::uint64_t paths = 0;      // of the program
    std::uint64_t cut = 0;        // paths that were cut
    std::uint64_t parts = 0;      // paths of parts
    std::uint64_t runs = 0;       // runs of the program
    std::uint64_t questions = 0;  // branch conditions that were negated
    std::uint64_t implied = 0;    // of them, those that ImpliedBounds answered
    std::uint64_t undecided = 0;  // of them, those the solver gave up
    SolverCounts solver;
    void add(const PathCounts& other);
};

struct PathSet {
    PathCounts counts;
    std::uint64_t digest = 0;                          // of all decision sequences, in order
    std::optional<Counterexample> counterexample;      // the first; the enumeration ends there
    std::vector<std::uint64_t> signatures;             // of complete paths, if requested
    std::vector<std::vector<std::uint64_t>> examples;  // and the inputs that took each
};

struct EnumerateOptions {
    SolverOptions solver;
    bool keep_signatures = false;
};

PathSet enumerate_paths(PathProgram& program, const EnumerateOptions& options);

// What distinguishes paths: the decisions of the recorder's path, in order.
std::uint64_t path_signature(const PathRecorder& recorder);

}  // namespace vmacheck::prove
