// The course a recording has taken so far: the World, and the steps that brought it there and stand.
#pragma once

#include "checker/conform/lockstep_history.hpp"
#include "model/state/world.hpp"

namespace vmacheck {

// A step that stands: its change of the World is on the World's history.
struct AcceptedStep {
    TraceStep step;
    std::optional<std::size_t> index;  // in the import; none: added to follow the kernel
};

class ReplayState {
public:
    // Throws std::runtime_error if the header's starting layout cannot be built.
    explicit ReplayState(const TraceHeader& header);

    [[nodiscard]] const World<Plain>& world() const { return world_; }
    [[nodiscard]] const std::vector<AcceptedStep>& standing() const { return standing_; }

    // Applies the step, and says whether the model does what the kernel did. Either way the step is applied: it is to
    // be kept or undone.
    bool attempt(const TraceStep& step);
    // Takes back the step that was applied last.
    void undo() { world_.undo(); }
    // The step that was applied last stands from now on.
    void keep(TraceStep step, std::optional<std::size_t> index);
    // The step was applied before the last `back` ones that stand, and stands there.
    void keep_before(std::size_t back, TraceStep step, std::optional<std::size_t> index);

    FollowedLayout layout(const MapsRead& read) { return history_.layout(world_, read); }
    // All steps that stand, in order. Nothing may follow.
    std::vector<TraceStep> take_steps();

private:
    World<Plain> world_;
    std::vector<AcceptedStep> standing_;  // as many as the World can undo
    LayoutHistory history_;
};

}  // namespace vmacheck
