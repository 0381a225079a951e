// Calls of several threads that overlap: the log does not show which took effect first. Looks for an order that the log
// allows and that gives the kernel's results.
#pragma once

#include "checker/conform/replay_state.hpp"
#include "traces/strace/import.hpp"

namespace vmacheck {

class OrderSearch {
public:
    OrderSearch(const Import& import, ReplayState& state)
        : import_(import), state_(state), taken_(import.trace.steps.size(), false) {}

    // Whether step i of the import, which is next and does not agree here, agrees in another order. If so that order is
    // accepted; otherwise the state is as before.
    bool finds(std::size_t i) { return after_a_later(i) || before_the_last(i); }

    // Whether step i was accepted out of turn.
    [[nodiscard]] bool taken(std::size_t i) const { return taken_[i]; }
    // Steps accepted out of turn so far. Each agrees.
    [[nodiscard]] std::size_t taken_count() const { return taken_count_; }

private:
    bool after_a_later(std::size_t i);
    bool before_the_last(std::size_t i);
    bool replays_with_first(std::size_t i, std::size_t back);
    [[nodiscard]] const TraceStep& original(std::size_t i) const { return import_.trace.steps[i]; }
    [[nodiscard]] TraceStep noted(std::size_t i) const;

    const Import& import_;
    ReplayState& state_;
    std::vector<bool> taken_;
    std::size_t taken_count_ = 0;
};

}  // namespace vmacheck
