#include "checker/smt/z3_backend.hpp"

#include <z3++.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

namespace vmacheck::smt {
namespace {

// Z3 counts in 32 bits.
unsigned as_limit(std::uint64_t units) {
    return static_cast<unsigned>(std::min<std::uint64_t>(units, std::numeric_limits<unsigned>::max()));
}

bool is_spent(const std::string& reason) {
    return reason.find("resource limit") != std::string::npos || reason.find("canceled") != std::string::npos;
}

}  // namespace

class SolverContext {
    std::optional<z3::context> made_;  // before all that lives in it

public:
    unsigned units = 0;            // spent in it so far, modulo 2^32, as Z3 reports it
    std::vector<z3::expr> inputs;  // by id; a name stands for the same constant for ever

    // Made when it is first needed: that takes milliseconds, and many proofs never ask Z3.
    z3::context& context() { return made_ ? *made_ : made_.emplace(); }
    z3::expr input(InputId id) {
        while (inputs.size() <= id) inputs.push_back(context().int_const(fmt::format("x{}", inputs.size()).c_str()));
        return inputs[id];
    }
};

std::shared_ptr<SolverContext> make_solver_context() {
    return std::make_shared<SolverContext>();
}

struct Z3Backend::Impl {
    explicit Impl(std::shared_ptr<SolverContext> chosen) : shared(std::move(chosen)) {
        z3::params params(context);
        params.set("arith.solver", 2u);  // the older simplex: a fifth faster on small questions
        params.set("ctrl_c", false);     // the program handles signals; Z3 would handle SIGINT itself during each check
        solver.set(params);
    }

    struct Synced {
        std::uint64_t frame;
        std::size_t assertions;  // of the query, up to which this frame has them
    };

    std::shared_ptr<SolverContext> shared;
    z3::context& context = shared->context();
    z3::solver solver{context, z3::solver::simple()};
    std::vector<Synced> synced;
    unsigned limit = 0;  // that the solver has, in units a check

    z3::expr input(InputId id) { return shared->input(id); }

    z3::expr number(std::int64_t value) { return context.int_val(value); }

    z3::expr sum(const LinearForm& form) {
        z3::expr_vector parts(context);
        for (const LinearForm::Term& term : form.terms)
            parts.push_back(term.coefficient == 1 ? input(term.input) : number(term.coefficient) * input(term.input));
        if (form.constant != 0 || form.terms.empty()) parts.push_back(number(form.constant));
        return parts.size() == 1 ? parts[0] : z3::sum(parts);
    }

    z3::expr translate(const Constraint& constraint) {
        const z3::expr form = sum(constraint.form);
        switch (constraint.relation) {
            case Relation::equal: return form == number(0);
            case Relation::not_equal: return form != number(0);
            case Relation::less: return form <= number(-1);
            case Relation::less_equal: break;
        }
        return form <= number(0);
    }

    z3::expr translate(const Maximum& maximum) {
        const z3::expr result = input(maximum.result);
        const z3::expr a = sum(maximum.a);
        const z3::expr b = sum(maximum.b);
        return result >= a && result >= b && (result <= a || result <= b);
    }

    void add(const Query& query, const Assertion& assertion) {
        if (const auto* id = std::get_if<InputId>(&assertion)) {
            const Bounds& bounds = query.inputs.at(*id).bounds;
            solver.add(input(*id) >= number(bounds.low));
            solver.add(input(*id) <= number(bounds.high));
        } else if (const auto* constraint = std::get_if<Constraint>(&assertion)) {
            solver.add(translate(*constraint));
        } else {
            solver.add(translate(std::get<Maximum>(assertion)));
        }
    }

    // The number of assertions up to the end of a frame of the query.
    static std::size_t end_of(const Query& query, std::size_t frame) {
        return frame + 1 < query.frames.size() ? query.frames[frame + 1].assertions : query.assertions.size();
    }

    // Leaves the frames that are the same, and makes the others anew.
    void follow(const Query& query) {
        std::size_t same = 0;
        while (same < synced.size() && same < query.frames.size() && synced[same].frame == query.frames[same].id) {
            ++same;
            // What was added to a frame later can go into Z3's only while that is the topmost.
            if (synced[same - 1].assertions != end_of(query, same - 1)) break;
        }
        if (synced.size() > same) {
            solver.pop(static_cast<unsigned>(synced.size() - same));
            synced.resize(same);
        }
        const std::size_t first = same == 0 ? 0 : same - 1;
        for (std::size_t frame = first; frame < query.frames.size(); ++frame) {
            if (frame >= synced.size()) {
                solver.push();
                synced.push_back({query.frames[frame].id, query.frames[frame].assertions});
            }
            for (std::size_t& at = synced[frame].assertions; at < end_of(query, frame); ++at)
                add(query, query.assertions[at]);
        }
    }

    void set_limit(unsigned wanted) {
        if (wanted == limit) return;
        z3::params params(context);
        params.set("rlimit", wanted);
        solver.set(params);
        limit = wanted;
    }

    // Spent in the context so far. Z3 has them at the end of its statistics.
    unsigned units() {
        const z3::stats statistics = solver.statistics();
        for (unsigned i = statistics.size(); i-- > 0;)
            if (statistics.key(i) == "rlimit count") return statistics.uint_value(i);
        return shared->units;
    }
};

Z3Backend::Z3Backend(std::shared_ptr<SolverContext> context)
    : impl_(std::make_unique<Impl>(context ? std::move(context) : make_solver_context())) {}
Z3Backend::~Z3Backend() = default;

SolverAnswer Z3Backend::check(const Query& query, std::uint64_t limit, std::uint64_t& units) {
    try {
        impl_->follow(query);
        impl_->set_limit(as_limit(limit));
        const z3::check_result result = impl_->solver.check();
        const unsigned now = impl_->units();
        units += now - impl_->shared->units;
        impl_->shared->units = now;
        if (result == z3::unsat) return SolverAnswer::unsat;
        if (result == z3::unknown)
            return is_spent(impl_->solver.reason_unknown()) ? SolverAnswer::out_of_budget : SolverAnswer::unknown;
        const z3::model model = impl_->solver.get_model();
        values_.resize(query.inputs.size());
        for (InputId i = 0; i < values_.size(); ++i) values_[i] = model.eval(impl_->input(i), true).get_numeral_int64();
        return SolverAnswer::sat;
    } catch (const z3::exception& error) {
        // A limit that is met while a formula is prepared comes as an exception.
        if (is_spent(error.msg())) return SolverAnswer::out_of_budget;
        throw std::runtime_error(fmt::format("Z3: {}", error.msg()));
    }
}

}  // namespace vmacheck::smt
