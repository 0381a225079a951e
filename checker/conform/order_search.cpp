#include "checker/conform/order_search.hpp"

#include "checker/conform/known_difference.hpp"

#include <fmt/format.h>

namespace vmacheck {

// A call that began before this one ended, and ended after it, may have come first.
bool OrderSearch::after_a_later(std::size_t i) {
    for (std::size_t j = i + 1; j < import_.trace.steps.size(); ++j) {
        if (import_.origins[j].ended <= import_.origins[i].ended) continue;
        if (import_.origins[j].begun >= import_.origins[i].ended || taken_[j]) continue;
        if (!state_.try_step(original(j))) {
            state_.undo();
            continue;
        }
        const bool agrees = state_.try_step(original(i));
        state_.undo();
        if (agrees) {
            // An undo leaves the outcome of the call that was undone, and an accepted step is remembered with its outcome.
            state_.undo();
            state_.try_step(original(j));
            state_.accept(noted(j), j);
            state_.try_step(original(i));
            state_.accept(noted(i), i);
            taken_[j] = true;
            ++taken_count_;
            return true;
        }
        state_.undo();
    }
    return false;
}

// This call may have come before accepted ones, as far back as they ended after it began.
bool OrderSearch::before_the_last(std::size_t i) {
    const std::vector<AcceptedStep>& accepted = state_.accepted();
    for (std::size_t back = 1; back <= accepted.size(); ++back) {
        const AcceptedStep& oldest = accepted[accepted.size() - back];
        if (!oldest.index || import_.origins[*oldest.index].ended < import_.origins[i].begun ||
            import_.origins[*oldest.index].thread == import_.origins[i].thread)
            return false;
        for (std::size_t n = 0; n < back; ++n) state_.undo();
        if (replays_with_first(i, back)) return true;
    }
    return false;
}

// The last `back` steps are undone. Whether they agree with step i before them; they are applied again in any case.
bool OrderSearch::replays_with_first(std::size_t i, std::size_t back) {
    const std::vector<AcceptedStep>& accepted = state_.accepted();
    const std::size_t first = accepted.size() - back;
    bool all = state_.try_step(original(i));
    std::size_t done = 1;
    for (std::size_t n = first; all && n < accepted.size(); ++n, ++done) all = state_.try_step(accepted[n].step);
    if (all) {
        state_.accept_before(back, noted(i), i);
        return true;
    }
    for (; done > 0; --done) state_.undo();
    for (std::size_t n = first; n < accepted.size(); ++n) state_.try_step(accepted[n].step);
    return false;
}

TraceStep OrderSearch::noted(std::size_t i) const {
    TraceStep step = original(i);
    step.note = fmt::format("{}: lines {} to {} of the log", info(KnownDifference::unfinished_call_order).name,
                            import_.origins[i].begun, import_.origins[i].ended);
    return step;
}

}  // namespace vmacheck
