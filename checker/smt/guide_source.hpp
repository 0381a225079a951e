// Where a guided session takes random operations from: the cases of the random engine, or the calls of a scope.
//
// The calls of a scope (checker/exhaustive/scope.hpp) are drawn with equal chances among those that are open, and what
// the solver finds is performed only if it is one of them. So a session in a scope stays among the states that
// `explore` visits, and what it reaches can be compared with what there is to reach.
#pragma once

#include "checker/exhaustive/scope.hpp"
#include "checker/random/case.hpp"
#include "model/state/setup.hpp"

#include <memory>
#include <optional>

namespace vmacheck::smt {

// A case: what it starts from, and how its operations are drawn.
struct GuidedCase {
    Setup setup;
    CasePlan random;  // of the random engine alone, but for the seed
};

class OpGenerator {
public:
    virtual ~OpGenerator() = default;
    // The next operation, made with a look at the World it will be applied to; none if nothing can be done there.
    virtual std::optional<Op<Plain>> next(const World<Plain>& world) = 0;
};

class GuideSource {
public:
    virtual ~GuideSource() = default;
    virtual std::shared_ptr<const GuidedCase> make_case(std::uint64_t seed, std::uint64_t number) = 0;
    // Operations of a case: in all its phases from the first, or in one of them.
    virtual std::unique_ptr<OpGenerator> generate(const GuidedCase& of, std::uint64_t seed,
                                                  std::optional<std::uint64_t> phase) = 0;
    // Whether the operation may be performed here.
    [[nodiscard]] virtual bool admits(const World<Plain>& world, const Op<Plain>& op) const = 0;
    // Whether any operation may be.
    [[nodiscard]] virtual bool any_open(const World<Plain>&) const { return true; }
    // Whether a trace continues from the state that a failing operation leaves; otherwise that operation is undone.
    [[nodiscard]] virtual bool keeps_failed() const { return true; }
};

std::unique_ptr<GuideSource> random_source(const Setup& setup, const RandomLimits& limits);
std::unique_ptr<GuideSource> scope_source(const Scope& scope);

}  // namespace vmacheck::smt
