#include "checker/subject/model_subject.hpp"

namespace vmacheck {

Answer answer_of(const Outcome<Plain>& outcome) {
    Answer answer;
    answer.seen.error = outcome.error;
    if (outcome.ok()) answer.seen.value = outcome.value.value();
    for (const EventRecord& each : outcome.events) answer.seen.events.push_back(each.event);
    answer.violations = outcome.violations;
    return answer;
}

SubjectInfo ModelSubject::hello() const {
    return {"model",
            setup_.profile + (setup_.shipped ? " as shipped" : ""),
            {.events = true,
             .vmas = true,
             .counters = true,
             .anon_vmas = true,
             .fails_allocations = true,
             .starts_from_layout = true}};
}

std::optional<std::string> ModelSubject::reset(const Setup& setup) {
    try {
        world_ = make_world<Plain>(setup);
    } catch (const SetupError& error) {
        world_ = nullptr;
        return error.what();
    }
    setup_ = setup;
    numbers_ = {};
    numbers_.visit(*world_);
    return std::nullopt;
}

Answer ModelSubject::step(const Op<Plain>& op) {
    const Outcome<Plain>& outcome = world_->apply(op);
    // Only these events can bring an anon_vma that no earlier step showed.
    if (outcome.has(Event::anon_vma_created) || outcome.has(Event::anon_vma_forked)) numbers_.visit_touched(*world_);
    return answer_of(outcome);
}

Observation ModelSubject::observe(const Detail& detail) {
    if (!detail.process) return vmacheck::observe(*world_, numbers_);
    Observation observation;
    observation.processes.at(*detail.process) = observe_process(*world_, *detail.process, numbers_);
    return observation;
}

}  // namespace vmacheck
