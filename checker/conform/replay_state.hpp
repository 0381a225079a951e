// The state of a lockstep replay: the World, and the steps that led to it and were accepted.
#pragma once

#include "checker/conform/layout_history.hpp"
#include "model/state/world_fwd.hpp"
#include "traces/format/trace.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace vmacheck {

// A step whose change of the World is on the World's history.
struct AcceptedStep {
    TraceStep step;
    std::optional<std::size_t> index;  // in the import; none: added to follow the kernel
};

class ReplayState {
public:
    // Throws SetupError if the starting layout cannot be built.
    explicit ReplayState(const Setup& setup);
    ~ReplayState();

    [[nodiscard]] const World<Plain>& world() const { return *world_; }
    [[nodiscard]] const std::vector<AcceptedStep>& accepted() const { return accepted_; }

    // Applies the step. Returns whether the model does what the kernel did. Either way the step is applied: accept it or
    // undo it.
    bool try_step(const TraceStep& step);
    // Takes back the step that was applied last.
    void undo();
    // Accepts the step that was applied last.
    void accept(TraceStep step, std::optional<std::size_t> index);
    // Accepts the step where it was applied: before the last `back` accepted ones.
    void accept_before(std::size_t back, TraceStep step, std::optional<std::size_t> index);

    LayoutAtRead layout(const MapsRead& read);
    // All accepted steps, in order. Ends the replay.
    std::vector<TraceStep> take_steps();

private:
    std::unique_ptr<World<Plain>> world_;
    std::vector<AcceptedStep> accepted_;  // as many as the World can undo
    LayoutHistory history_;
};

}  // namespace vmacheck
