// What a path condition is known to imply, without the solver.
//
// A start state is given by gaps and lengths, which are not negative, so most comparisons of the model follow from the
// signs of their terms, and most others from a few earlier comparisons. ImpliedBounds keeps bounds of the inputs, linear
// facts, and equalities as substitutions, in frames that follow the path. It may miss an implication, and then the
// solver decides; each implication it finds has a proof of a few lines.
#pragma once

#include "checker/smt/solver.hpp"

#include <boost/container/small_vector.hpp>

#include <vector>

namespace vmacheck::prove {

using smt::Bounds;

class ImpliedBounds {
public:
    void declare(Bounds bounds);  // the next input
    void push();
    void pop(std::size_t frames = 1);
    [[nodiscard]] std::size_t frames() const { return frames_.size(); }

    // The facts must stay satisfiable.
    void assume(const Constraint& constraint);
    void assume(const Maximum& maximum);
    // true: it follows. false: unknown.
    [[nodiscard]] bool implies(const Constraint& constraint) const;

private:
    struct Substitution {  // the input equals the form
        InputId input;
        LinearForm form;
    };
    struct OldBounds {
        InputId input;
        Bounds bounds;
    };
    struct Frame {
        std::size_t inputs;
        std::size_t facts;
        std::size_t different;
        std::size_t substitutions;
        std::size_t old_bounds;
    };

    __extension__ using Wide = __int128;

    [[nodiscard]] LinearForm normal(LinearForm form) const;
    // The largest value within the bounds of the inputs.
    [[nodiscard]] Wide largest(const LinearForm& form) const;
    [[nodiscard]] Wide largest_difference(const LinearForm& form, const LinearForm& other) const;
    [[nodiscard]] bool at_most_zero(const LinearForm& form) const;
    [[nodiscard]] bool follows(const LinearForm& form, unsigned facts) const;
    void add_at_most_zero(LinearForm form);
    void add_equal(const LinearForm& form);
    void add_different(const LinearForm& form);
    void bound(InputId input, Bounds bounds);

    std::vector<Bounds> bounds_;
    std::vector<LinearForm> facts_;      // each at most 0
    std::vector<LinearForm> different_;  // each not 0
    std::vector<Substitution> substitutions_;
    std::vector<OldBounds> old_bounds_;
    std::vector<Frame> frames_;
};

}  // namespace vmacheck::prove
