#include "checker/conform/replay_state.hpp"

#include "checker/subject/comparison.hpp"
#include "model/faults/fault_table.hpp"
#include "model/state/build.hpp"
#include "model/state/world.hpp"

#include <stdexcept>

namespace vmacheck {

ReplayState::ReplayState(const Setup& setup) : world_(make_world<Plain>(setup)) {
    world_->keep_history(true);
}

ReplayState::~ReplayState() = default;

bool ReplayState::try_step(const TraceStep& step) {
    const Outcome<Plain>& outcome = world_->apply(step.op);
    return outcome.violations.empty() && same_result(step.seen, outcome.error, outcome.value.value());
}

void ReplayState::undo() {
    world_->undo();
}

LayoutAtRead ReplayState::layout(const MapsRead& read) {
    return history_.layout(*world_, read);
}

void ReplayState::accept(TraceStep step, std::optional<std::size_t> index) {
    history_.remember(*world_, step.op);
    accepted_.push_back({std::move(step), index});
}

void ReplayState::accept_before(std::size_t back, TraceStep step, std::optional<std::size_t> index) {
    accepted_.insert(accepted_.end() - static_cast<std::ptrdiff_t>(back), {std::move(step), index});
}

std::vector<TraceStep> ReplayState::take_steps() {
    std::vector<TraceStep> steps;
    for (AcceptedStep& each : accepted_) steps.push_back(std::move(each.step));
    accepted_.clear();
    return steps;
}

}  // namespace vmacheck
