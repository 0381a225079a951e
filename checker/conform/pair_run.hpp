// A run of operations on a fresh model and a fresh subject, made to be done often: by the minimiser, and to find the
// operation that shows a difference.
#pragma once

#include "checker/run/finding.hpp"
#include "checker/subject/subject.hpp"

#include <atomic>
#include <span>

namespace vmacheck {

// Performs the operations on both, which start from `started`, a setup that the subject returned from start(). Compares
// error and value of each, the layout after each where the subject has digests, and all that is shown after the last.
// What differs first is broken, as as_violation (conform.hpp) names it, and so is each property of observations that the
// subject breaks at the end, and what it reports when it ends (Subject::end). From a step on in which an allocation of the
// subject's own fails, only what the subject breaks by itself is looked at. Nothing is broken if the subject
// refuses an operation or does not start so. Throws SubjectLost.
RunResult run_pair(const Setup& started, std::span<const Op<Plain>> ops, Subject& subject);

// Why a run of operations ended before the last of them, where nothing was broken.
struct EarlyEnd {
    std::string refusal;             // of a step in its turn
    bool allocation_failed = false;  // in the last step that was compared, which may be the last of all
};

// The same, up to the first operation that shows a difference, also one that only a whole observation shows. If a second
// run does not show it, nothing is broken.
RunResult first_difference(const Setup& started, std::span<const Op<Plain>> ops, Subject& subject,
                           EarlyEnd* early = nullptr);

// The same, where all that was shown agreed after the first `agreed` operations, and does not after the last: they are
// performed at once, and after each further operation everything is looked at.
RunResult first_difference_after(const Setup& started, std::span<const Op<Plain>> ops, std::size_t agreed,
                                 Subject& subject);

// run_pair as a runner of traces. Those with another setup than `started` hold: the subject would not start from it. A
// subject that is lost in a run holds too, if it can be started again; otherwise SubjectLost. After `most_runs`, and once
// `stop` is true, every trace holds, so that a minimiser ends with what it has.
TraceRunner pair_runner(Subject& subject, Setup started, std::size_t most_runs,
                        const std::atomic<bool>* stop = nullptr);

}  // namespace vmacheck
