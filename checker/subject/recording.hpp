// A recording as a subject: a trace that states results answers each of its operations with what it states.
//
// It can only go the way it was recorded: it starts from its own setup, and refuses an operation that is not the next.
#pragma once

#include "checker/subject/subject.hpp"

namespace vmacheck {

class Recording final : public Subject {
public:
    explicit Recording(Trace trace) : trace_(std::move(trace)) {}

    [[nodiscard]] SubjectInfo hello() const override;
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override;
    Answer step(const Op<Plain>& op) override;
    // What the trace states of the caller after the last step; no other process is shown.
    [[nodiscard]] Observation observe(const Detail& detail) override;

private:
    Trace trace_;
    std::size_t next_ = 0;  // step
};

// The process that an operation is about, as stated results describe it; nothing if they do not.
std::optional<ProcessView> stated_view(const SeenResult& stated);

}  // namespace vmacheck
