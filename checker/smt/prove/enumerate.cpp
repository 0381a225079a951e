#include "checker/smt/prove/enumerate.hpp"

#include "model/state/digest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::prove {
namespace {

using smt::negation;
using smt::Solver;
using smt::SolverAnswer;

// FNV-1a, with the high half of each round folded into the low one: signatures are keys of a table.
void mix(std::uint64_t& hash, std::uint64_t word) {
    hash = Digest::round(hash, word);
    hash ^= hash >> 32;
}

void mix(std::uint64_t& hash, const Constraint& constraint) {
    mix(hash, static_cast<std::uint64_t>(constraint.relation));
    mix(hash, static_cast<std::uint64_t>(constraint.form.constant));
    for (const LinearForm::Term& term : constraint.form.terms) {
        mix(hash, term.input);
        mix(hash, static_cast<std::uint64_t>(term.coefficient));
    }
}

bool same(const Constraint& a, const Constraint& b) {
    return a.relation == b.relation && a.form == b.form;
}

// A run with all that it recorded.
struct Run {
    PathRecorder recorder;
    RunEnd end;
};

// A segment of a run: its path, or one of its parts.
struct Segment {
    const std::vector<Constraint>* constraints;
    const std::vector<Maximum>* maxima;
    std::size_t end;                                      // constraints that count
    const std::vector<PathRecorder::Input>* path_inputs;  // of the run, as far as the segment has them
    const std::vector<PathRecorder::Input>* part_inputs;  // nullptr: it is the path

    template <class F>
    void each_value(F&& f) const {
        for (const auto* inputs : {path_inputs, part_inputs})
            if (inputs != nullptr)
                for (const PathRecorder::Input& each : *inputs) f(static_cast<std::int64_t>(each.value));
    }
    [[nodiscard]] std::vector<std::int64_t> values() const {
        std::vector<std::int64_t> values;
        each_value([&values](std::int64_t value) { values.push_back(value); });
        return values;
    }
};

constexpr int main_path = -1;

class Enumerator {
public:
    Enumerator(PathProgram& program, const EnumerateOptions& options)
        : program_(program), options_(options), inputs_(program.inputs()), solver_(options.solver) {}

    PathSet enumerate() {
        std::vector<std::uint64_t> values;
        for (const InputSpec& each : inputs_) values.push_back(each.initial);
        for (const InputSpec& each : inputs_) declare(each.name, each.bounds);
        explore(main_path, 0, values);
        set_.counts.solver = solver_.counts();
        set_.digest = digest_;
        return std::move(set_);
    }

private:
    // A branch condition whose negation has a solution, and that solution.
    struct PendingBranch {
        std::size_t position;
        std::size_t solver_frames;
        std::size_t known_frames;
        std::vector<std::uint64_t> values;
    };

    void declare(const std::string& name, Bounds bounds) {
        solver_.declare(static_cast<InputId>(solver_.inputs()), name, bounds);
        known_.declare(bounds);
    }
    // Inputs created during a run: maxima and quotients of page numbers and offsets.
    void declare_up_to(const LinearForm& form) {
        for (const LinearForm::Term& term : form.terms)
            while (solver_.inputs() <= term.input) declare(fmt::format("m{}", solver_.inputs()), Bounds{});
    }
    void push() {
        solver_.push();
        known_.push();
    }
    void pop_to(std::size_t solver_frames, std::size_t known_frames) {
        solver_.pop(solver_.frames() - solver_frames);
        known_.pop(known_.frames() - known_frames);
    }

    Run execute(const std::vector<std::uint64_t>& values);
    void explore(int part, std::size_t prefix, const std::vector<std::uint64_t>& values);
    void visit(int part, std::size_t prefix, const Run& run);
    void visit_parts(const Run& run);
    std::vector<PendingBranch> walk(const Segment& segment, std::size_t prefix);
    void decide(const Segment& segment, std::size_t position, std::vector<PendingBranch>& open);
    void assume(const Constraint& constraint);
    void assume(const Maximum& maximum);
    void expect_same_way(int part, std::size_t prefix, const Run& run) const;
    static Segment segment_of(int part, const Run& run);

    PathProgram& program_;
    const EnumerateOptions& options_;
    std::vector<InputSpec> inputs_;
    Solver solver_;
    ImpliedBounds known_;
    PathSet set_;
    std::uint64_t digest_ = Digest::start;
    std::vector<Constraint> path_;  // as far as it stands: what the next run must repeat
    std::vector<Constraint> part_;
};

Run Enumerator::execute(const std::vector<std::uint64_t>& values) {
    Run run;
    ++set_.counts.runs;
    {
        const PathRecorder::Scope scope(run.recorder);
        run.end = program_.run(values, run.recorder);
    }
    if (!run.end.violations.empty() && !set_.counterexample)
        set_.counterexample = Counterexample{values, run.end.violations};
    return run;
}

Segment Enumerator::segment_of(int part, const Run& run) {
    const PathRecorder& recorder = run.recorder;
    if (part == main_path) {
        const std::size_t all = recorder.constraints().size();
        return {&recorder.constraints(), &recorder.maxima(), std::min(all, run.end.cut_at.value_or(all)),
                &recorder.inputs(), nullptr};
    }
    const auto& one = recorder.parts().at(static_cast<std::size_t>(part));
    return {&one.constraints, &one.maxima, one.constraints.size(), &recorder.inputs(), &one.inputs};
}

// A run with inputs that the solver gave must take the branch they were chosen for; else the decisions do not determine
// the path, and all counts would be invalid.
void Enumerator::expect_same_way(int part, std::size_t prefix, const Run& run) const {
    const auto expect = [](const std::vector<Constraint>& wanted, std::size_t count, const Segment& seen) {
        if (seen.constraints->size() < count || wanted.size() < count)
            internal_assertion_failed("a run is shorter than the path that its inputs were solved for");
        for (std::size_t i = 0; i < count; ++i)
            if (!same(wanted[i], (*seen.constraints)[i]))
                internal_assertion_failed("a run leaves the path that its inputs were solved for");
    };
    if (part == main_path) {
        expect(path_, prefix, segment_of(main_path, run));
        return;
    }
    if (run.recorder.parts().size() <= static_cast<std::size_t>(part))
        internal_assertion_failed("a run has fewer checks than the path it was sent along");
    expect(path_, path_.size(), segment_of(main_path, run));
    expect(part_, prefix, segment_of(part, run));
}

void Enumerator::explore(int part, std::size_t prefix, const std::vector<std::uint64_t>& values) {
    const Run run = execute(values);
    if (set_.counterexample) return;
    expect_same_way(part, prefix, run);
    visit(part, prefix, run);
}

void Enumerator::visit(int part, std::size_t prefix, const Run& run) {
    const Segment segment = segment_of(part, run);
    std::vector<PendingBranch> open = walk(segment, prefix);
    // Most parts leave nothing open, and then nothing is to be repeated. A path is, by the runs for its parts.
    std::vector<Constraint>& way = part == main_path ? path_ : part_;
    if (part == main_path || !open.empty())
        way.assign(segment.constraints->begin(),
                   segment.constraints->begin() + static_cast<std::ptrdiff_t>(segment.end));
    if (part == main_path)
        visit_parts(run);
    else
        ++set_.counts.parts;
    for (auto each = open.rbegin(); each != open.rend() && !set_.counterexample; ++each) {
        pop_to(each->solver_frames, each->known_frames);
        way.resize(each->position + 1);
        way.back() = negation(way.back());
        push();
        assume(way.back());
        explore(part, each->position + 1, each->values);
    }
}

void Enumerator::visit_parts(const Run& run) {
    if (run.end.cut_at) {
        ++set_.counts.cut;
        return;
    }
    ++set_.counts.paths;
    const std::uint64_t signature = path_signature(run.recorder);
    mix(digest_, signature);
    if (options_.keep_signatures) {
        set_.signatures.push_back(signature);
        std::vector<std::uint64_t>& example = set_.examples.emplace_back();
        for (std::size_t i = 0; i < inputs_.size(); ++i) example.push_back(run.recorder.inputs().at(i).value);
    }
    const std::size_t solver_frames = solver_.frames();
    const std::size_t known_frames = known_.frames();
    for (std::size_t part = 0; part < run.recorder.parts().size() && !set_.counterexample; ++part) {
        push();
        visit(static_cast<int>(part), 0, run);
        pop_to(solver_frames, known_frames);
    }
}

// What was recorded from `prefix` on, in order: implied conditions are skipped, the negation of the others is checked.
std::vector<Enumerator::PendingBranch> Enumerator::walk(const Segment& segment, std::size_t prefix) {
    std::vector<PendingBranch> open;
    std::size_t seen = 0;
    segment.each_value([&](std::int64_t value) {
        if (seen++ >= inputs_.size() && (value < Bounds{}.low || value > Bounds{}.high))
            internal_assertion_failed("a computed number is outside the bounds that the solver has");
    });
    // A maximum created just before the last decision of the prefix is asserted already: it came before its frame.
    auto maximum = std::partition_point(segment.maxima->begin(), segment.maxima->end(), [&](const Maximum& each) {
        return prefix > 0 && each.constraints_before < prefix;
    });
    for (std::size_t i = prefix; i <= segment.end; ++i) {
        for (; maximum != segment.maxima->end() && maximum->constraints_before == i; ++maximum) assume(*maximum);
        if (i < segment.end) decide(segment, i, open);
    }
    return open;
}

void Enumerator::decide(const Segment& segment, std::size_t position, std::vector<PendingBranch>& open) {
    const Constraint& constraint = (*segment.constraints)[position];
    declare_up_to(constraint.form);
    if (constraint.kind == ConstraintKind::definition) {
        assume(constraint);
        return;
    }
    ++set_.counts.questions;
    if (known_.implies(constraint)) {
        ++set_.counts.implied;
        return;
    }
    switch (solver_.check_without(constraint, segment.values())) {
        case SolverAnswer::unsat: known_.assume(constraint); return;
        case SolverAnswer::sat: {
            PendingBranch other{position, solver_.frames(), known_.frames(), {}};
            for (InputId input = 0; input < inputs_.size(); ++input)
                other.values.push_back(static_cast<std::uint64_t>(solver_.value(input)));
            open.push_back(std::move(other));
            break;
        }
        case SolverAnswer::unknown:
        case SolverAnswer::out_of_budget: ++set_.counts.undecided; break;
    }
    push();
    assume(constraint);
}

void Enumerator::assume(const Constraint& constraint) {
    solver_.add(constraint);
    known_.assume(constraint);
}

void Enumerator::assume(const Maximum& maximum) {
    LinearForm result;
    result.terms.push_back({maximum.result, 1});
    declare_up_to(maximum.a);
    declare_up_to(maximum.b);
    declare_up_to(result);
    solver_.add(maximum);
    known_.assume(maximum);
}

}  // namespace

void PathCounts::add(const PathCounts& other) {
    paths += other.paths;
    cut += other.cut;
    parts += other.parts;
    runs += other.runs;
    questions += other.questions;
    implied += other.implied;
    undecided += other.undecided;
    solver.add(other.solver);
}

std::uint64_t path_signature(const PathRecorder& recorder) {
    std::uint64_t hash = Digest::start;
    for (const Constraint& each : recorder.constraints())
        if (each.kind == ConstraintKind::decision) mix(hash, each);
    return hash;
}

PathSet enumerate_paths(PathProgram& program, const EnumerateOptions& options) {
    return Enumerator(program, options).enumerate();
}

}  // namespace vmacheck::prove
