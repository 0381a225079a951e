#include "checker/random/case_runner.hpp"
#include "model/state/digest.hpp"

#include "model/state/build.hpp"

#include <fmt/format.h>

namespace vmacheck {

CaseRunner::CaseRunner(Setup setup, std::uint64_t seed, const RandomLimits& limits)
    : setup_(std::move(setup)), seed_(seed), limits_(limits) {}

CaseResult CaseRunner::run(std::uint64_t number, std::uint64_t steps) {
    const CasePlan plan = plan_case(seed_, number, limits_);
    Setup setup = setup_;
    setup.parameters = plan.parameters;
    setup.layout = plan.layout;
    const auto world = make_world<Plain>(setup);
    RandomOps generator(SplitMix64(plan.seed).next(), setup.parameters, plan.window);
    ops_.clear();
    run_.start(*world);
    CaseResult result;
    Digest digest;
    perform(generator, plan, *world, steps, result, digest);
    if (!run_.broken()) run_.check_end();
    digest.add(world->digest());
    result.digest = digest.value();
    if (run_.broken()) result.found = finding(number, setup);
    return result;
}

// To the last step, or to the one that breaks a property.
void CaseRunner::perform(RandomOps& generator, const CasePlan& plan, World<Plain>& world, std::uint64_t steps,
                         CaseResult& result, Digest& digest) {
    std::size_t phase = 0;
    std::uint64_t left = 0;  // of the phase
    for (; result.steps < steps; --left) {
        if (left == 0) {
            const Phase& next = plan.phases[phase++ % plan.phases.size()];
            generator.set_mix(next.mix);
            left = next.steps;
        }
        if (!run_.guard([&] { ops_.push_back(generator.next(world)); })) return;
        const Op<Plain>& op = ops_.back();
        ++result.steps;
        const bool intact = run_.step(op, [&](const Outcome<Plain>& outcome) {
            result.coverage.add(world, op);
            digest.add(static_cast<std::uint64_t>(outcome.error));
            digest.add(outcome.value.value());
            digest.add(outcome.events.size());
        });
        if (!intact) return;
    }
}

Finding CaseRunner::finding(std::uint64_t number, const Setup& setup) const {
    TraceHeader header(setup);
    header.seed = seed_;
    header.made_by = "random";
    header.title = fmt::format("random, seed {}, case {}", seed_, number);
    return make_finding({"random", number, fmt::format("case {}", number)}, run_.broken(), std::move(header), ops_);
}

}  // namespace vmacheck
