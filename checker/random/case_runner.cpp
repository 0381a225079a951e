#include "checker/random/case_runner.hpp"

#include "checker/run/finding.hpp"
#include "checker/run/replay.hpp"
#include "properties/run/extra_properties.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace vmacheck {

CaseRunner::CaseRunner(const TraceHeader& model, std::uint64_t seed, const RandomLimits& limits)
    : model_(model), seed_(seed), limits_(limits), checker_(make_full_checker()) {}

CaseResult CaseRunner::run(std::uint64_t number, std::uint64_t steps) {
    CasePlan plan = plan_case(seed_, number, limits_);
    TraceHeader header = model_;
    header.parameters = std::move(plan.parameters);
    const StartedWorld started = start_world(header, {});
    if (started.world == nullptr) throw std::runtime_error(started.error);
    World<Plain>& world = *started.world;
    RandomOps generator(SplitMix64(plan.seed).next(), header.parameters, plan.window);
    ops_.clear();
    report_.clear();
    CaseResult result;
    Digest digest;
    const bool held = guarded([&] {
        std::size_t phase = 0;
        std::uint64_t left = 0;  // of the phase
        for (; result.steps < steps && report_.empty(); --left) {
            if (left == 0) {
                const Phase& next = plan.phases[phase++ % plan.phases.size()];
                generator.set_mix(next.mix);
                left = next.steps;
            }
            step(world, generator, result, digest);
        }
    });
    const bool at_end = held && report_.empty();
    if (at_end) guarded([&] { checker_->check_all(world, report_); });
    digest.add(world.digest());
    result.digest = digest.value();
    if (!report_.empty()) result.found = found(number, std::move(header), at_end);
    return result;
}

void CaseRunner::step(World<Plain>& world, RandomOps& generator, CaseResult& result, Digest& digest) {
    const Op<Plain>& op = ops_.emplace_back(generator.next(world));
    ++result.steps;
    const Outcome<Plain>& outcome = world.apply(op);
    result.coverage.add(world, op);
    digest.add(static_cast<std::uint64_t>(outcome.error));
    digest.add(outcome.value.value());
    digest.add(outcome.events.size());
    checker_->check_step(world, op, report_);
}

template <class F>
bool CaseRunner::guarded(F&& f) {
    try {
        f();
        return true;
    } catch (const InternalAssertion& assertion) {
        report_.add(Violation{std::string(internal_assertion_name), assertion.what()});
        return false;
    }
}

FoundCase CaseRunner::found(std::uint64_t number, TraceHeader header, bool at_end) const {
    FoundCase found;
    found.number = number;
    found.violation = report_.violations().front();
    found.at_end = at_end;
    header.seed = seed_;
    header.made_by = "random";
    header.title = fmt::format("random, seed {}, case {}: {}", seed_, number, found.violation.property);
    if (found.violation.property != internal_assertion_name)
        header.expect = Expectation{true, found.violation.property};
    found.trace.header = std::move(header);
    for (const Op<Plain>& op : ops_) {
        found.trace.steps.emplace_back().op = op;
    }
    return found;
}

}  // namespace vmacheck
