// Where a guided session takes random operations from: the cases of the random engine, or the calls of a scope.
//
// The calls of a scope (checker/exhaustive/scope.hpp) are drawn with equal chances among those that are open, and what
// the solver finds is performed only if it is one of them. So a session in a scope stays among the states that
// `explore` visits, and what it reaches can be compared with what there is to reach.
#pragma once

#include "checker/exhaustive/scope.hpp"
#include "checker/random/case.hpp"
#include "traces/format/trace.hpp"

#include <memory>
#include <optional>

namespace vmacheck::smt {

// A case, and what its numbers may be.
struct Plan {
    TraceHeader header;
    CasePlan random;  // of the random engine alone, but for the seed
};

class Drawing {
public:
    virtual ~Drawing() = default;
    // The next operation, made with a look at the World it will be applied to; none if nothing can be done there.
    virtual std::optional<Op<Plain>> next(const World<Plain>& world) = 0;
};

class GuideSource {
public:
    virtual ~GuideSource() = default;
    virtual std::shared_ptr<const Plan> plan(std::uint64_t seed, std::uint64_t number) = 0;
    // Operations of a case: in all its phases from the first, or in one of them.
    virtual std::unique_ptr<Drawing> draw(const Plan& plan, std::uint64_t seed, std::optional<std::uint64_t> phase) = 0;
    // Whether the operation may be performed here.
    [[nodiscard]] virtual bool admits(const World<Plain>& world, const Op<Plain>& op) const = 0;
    // Whether there is any.
    [[nodiscard]] virtual bool any_open(const World<Plain>&) const { return true; }
    // Whether what an operation that failed has left behind is gone on with.
    [[nodiscard]] virtual bool keeps_failed() const { return true; }
};

std::unique_ptr<GuideSource> random_source(const TraceHeader& model, const RandomLimits& limits);
std::unique_ptr<GuideSource> scope_source(const Scope& scope);

}  // namespace vmacheck::smt
