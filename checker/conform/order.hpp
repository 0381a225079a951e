// Calls of several threads that overlap: the log does not say which took effect first. Looks for an order that it
// allows and that gives the kernel's results.
#pragma once

#include "checker/conform/replay_state.hpp"

namespace vmacheck {

class OrderSearch {
public:
    OrderSearch(const Import& import, ReplayState& course)
        : import_(import), course_(course), taken_(import.trace.steps.size(), false) {}

    // Whether step i of the import, whose turn it is and which does not agree here, agrees in another order. That
    // order then stands; otherwise the course is as before.
    bool finds(std::size_t i) { return after_a_later(i) || before_the_last(i); }

    // Whether step i stands already, since it was taken out of turn.
    [[nodiscard]] bool taken(std::size_t i) const { return taken_[i]; }
    // Steps taken out of turn so far. Each agrees.
    [[nodiscard]] std::size_t taken_count() const { return taken_count_; }

private:
    bool after_a_later(std::size_t i);
    bool before_the_last(std::size_t i);
    bool replays_with_first(std::size_t i, std::size_t back);
    [[nodiscard]] const TraceStep& original(std::size_t i) const { return import_.trace.steps[i]; }
    [[nodiscard]] TraceStep noted(std::size_t i) const;

    const Import& import_;
    ReplayState& course_;
    std::vector<bool> taken_;
    std::size_t taken_count_ = 0;
};

}  // namespace vmacheck
