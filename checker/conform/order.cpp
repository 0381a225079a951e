#include "checker/conform/order.hpp"

#include <fmt/format.h>

namespace vmacheck {

// A call that began before this one ended, and ended after it, may have come first.
bool OrderSearch::after_a_later(std::size_t i) {
    for (std::size_t j = i + 1; j < import_.trace.steps.size(); ++j) {
        if (import_.origins[j].ended <= import_.origins[i].ended) continue;
        if (import_.origins[j].begun >= import_.origins[i].ended || taken_[j]) continue;
        if (!course_.attempt(original(j))) {
            course_.undo();
            continue;
        }
        const bool agrees = course_.attempt(original(i));
        course_.undo();
        if (agrees) {
            // An undo leaves the outcome of the call that was undone, and what is kept is noted with its outcome.
            course_.undo();
            course_.attempt(original(j));
            course_.keep(noted(j), j);
            course_.attempt(original(i));
            course_.keep(noted(i), i);
            taken_[j] = true;
            ++taken_count_;
            return true;
        }
        course_.undo();
    }
    return false;
}

// This call may have come before those that stand already, as far back as they ended after it began.
bool OrderSearch::before_the_last(std::size_t i) {
    const std::vector<AcceptedStep>& standing = course_.standing();
    for (std::size_t back = 1; back <= standing.size(); ++back) {
        const AcceptedStep& oldest = standing[standing.size() - back];
        if (!oldest.index || import_.origins[*oldest.index].ended < import_.origins[i].begun ||
            import_.origins[*oldest.index].thread == import_.origins[i].thread)
            return false;
        for (std::size_t n = 0; n < back; ++n) course_.undo();
        if (replays_with_first(i, back)) return true;
    }
    return false;
}

// The last `back` steps are undone. Whether they agree with step i before them; they are applied again in any case.
bool OrderSearch::replays_with_first(std::size_t i, std::size_t back) {
    const std::vector<AcceptedStep>& standing = course_.standing();
    const std::size_t first = standing.size() - back;
    bool all = course_.attempt(original(i));
    std::size_t done = 1;
    for (std::size_t n = first; all && n < standing.size(); ++n, ++done) all = course_.attempt(standing[n].step);
    if (all) {
        course_.keep_before(back, noted(i), i);
        return true;
    }
    for (; done > 0; --done) course_.undo();
    for (std::size_t n = first; n < standing.size(); ++n) course_.attempt(standing[n].step);
    return false;
}

TraceStep OrderSearch::noted(std::size_t i) const {
    TraceStep step = original(i);
    step.note = fmt::format("{}: lines {} to {} of the log", info(KnownDifference::unfinished_call_order).name,
                            import_.origins[i].begun, import_.origins[i].ended);
    return step;
}

}  // namespace vmacheck
