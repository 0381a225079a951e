#include "checker/conform/replay_state.hpp"

#include "model/faults/fault_table.hpp"
#include "model/state/build.hpp"
#include "model/state/world.hpp"

#include <stdexcept>

namespace vmacheck {
namespace {

const Profile& profile(const TraceHeader& header) {
    const Profile* profile = profile_named(header.profile);
    if (profile == nullptr) throw std::runtime_error("no profile " + header.profile);
    return *profile;
}

FaultSet faults(const TraceHeader& header) {
    FaultSet set;
    if (header.shipped) set.add(profile(header).shipped);
    for (const std::string& each : header.faults) {
        const auto fault = fault_named(each);
        if (!fault) throw std::runtime_error("no fault " + each);
        set.add(*fault);
    }
    return set;
}

bool agrees(const Outcome<Plain>& outcome, const SeenResult& seen) {
    if (!outcome.violations.empty()) return false;
    if (seen.error && outcome.error != *seen.error) return false;
    return !seen.value || !outcome.ok() || outcome.value.value() == *seen.value;
}

}  // namespace

ReplayState::ReplayState(const TraceHeader& header) : world_(header.parameters, profile(header), faults(header)) {
    const StateSpec start{header.layout, header.anon_vmas, header.shared_objects};
    if (const auto wrong = build_world(world_, start)) throw std::runtime_error("the starting layout: " + *wrong);
    world_.keep_history(true);
}

bool ReplayState::attempt(const TraceStep& step) {
    return agrees(world_.apply(step.op), step.seen);
}

void ReplayState::keep(TraceStep step, std::optional<std::size_t> index) {
    history_.remember(world_, step.op);
    standing_.push_back({std::move(step), index});
}

void ReplayState::keep_before(std::size_t back, TraceStep step, std::optional<std::size_t> index) {
    standing_.insert(standing_.end() - static_cast<std::ptrdiff_t>(back), {std::move(step), index});
}

std::vector<TraceStep> ReplayState::take_steps() {
    std::vector<TraceStep> steps;
    for (AcceptedStep& each : standing_) steps.push_back(std::move(each.step));
    standing_.clear();
    return steps;
}

}  // namespace vmacheck
