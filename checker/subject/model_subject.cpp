#include "checker/subject/model_subject.hpp"

#include "model/gap_tree.hpp"
#include "model/state/build.hpp"
#include "model/state/digest.hpp"
#include "model/state/observe.hpp"
#include "model/state/world.hpp"

namespace vmacheck {

struct ModelSubject::State {
    std::unique_ptr<World<Plain>> world;
    AnonNumbers numbers;
};

ModelSubject::ModelSubject() = default;
ModelSubject::~ModelSubject() = default;

Answer answer_of(const Outcome<Plain>& outcome) {
    Answer answer;
    answer.seen.error = outcome.error;
    if (outcome.ok()) answer.seen.value = outcome.value.value();
    for (const EventRecord& each : outcome.events) answer.seen.events.push_back(each.event);
    answer.violations = outcome.violations;
    return answer;
}

// As layout_digest of the observation, which takes longer to make than the step.
std::uint64_t layout_digest_of(const World<Plain>& world, std::size_t slot, const ByteRange& near) {
    const MmId mm = world.process(slot);
    Digest digest;
    if (!mm) return digest.value();
    const std::uint64_t below = world.parameters().task_size;
    for (VmaId id = find_vma(world, mm, Number<Plain>(near.start / page_size)); id; id = world[id].next) {
        const Vma<Plain>& vma = world[id];
        if (vma.end > below || vma.start.value() * page_size >= near.end) break;
        const bool mapped_object = vma.file && !vma_is_special_mapping(vma);
        digest.add(vma.start.value() * page_size);
        digest.add(vma.end.value() * page_size);
        digest.add(rights_and_sharing(vma.flags));
        digest.add(mapped_object ? vma.pgoff.value() * page_size : 0);
    }
    return digest.value();
}

SubjectInfo ModelSubject::hello() const {
    return {"model",
            setup_.profile + (setup_.shipped ? " as shipped" : ""),
            {.events = true,
             .vmas = true,
             .counters = true,
             .anon_vmas = true,
             .fails_allocations = true,
             .starts_from_layout = true,
             .layouts = Layouts::near}};
}

std::optional<std::string> ModelSubject::reset(const Setup& setup) {
    state_ = nullptr;
    try {
        state_ = std::make_unique<State>(State{make_world<Plain>(setup), {}});
    } catch (const SetupError& error) {
        return error.what();
    }
    setup_ = setup;
    state_->numbers.visit(*state_->world);
    return std::nullopt;
}

Answer ModelSubject::step(const Op<Plain>& op) {
    const Outcome<Plain>& outcome = state_->world->apply(op);
    // Only these events can bring an anon_vma that no earlier step showed.
    if (outcome.has(Event::anon_vma_created) || outcome.has(Event::anon_vma_forked))
        state_->numbers.visit_touched(*state_->world);
    return answer_of(outcome);
}

std::vector<Answer> ModelSubject::perform(std::span<const Op<Plain>> ops, Layouts layouts) {
    std::vector<Answer> answers;
    answers.reserve(ops.size());
    for (const Op<Plain>& each : ops) {
        answers.push_back(step(each));
        if (layouts == Layouts::none) continue;
        const ByteRange near = layouts == Layouts::near ? near_to(each, answers.back().seen.value) : ByteRange{};
        answers.back().layout = layout_digest_of(*state_->world, process_of(each), near);
    }
    return answers;
}

Observation ModelSubject::observe(const Detail& detail) {
    if (!detail.process) return vmacheck::observe(*state_->world, state_->numbers);
    Observation observation;
    observation.processes.at(*detail.process) = observe_process(*state_->world, *detail.process, state_->numbers);
    return observation;
}

const World<Plain>* ModelSubject::world() const {
    return state_ == nullptr ? nullptr : state_->world.get();
}

}  // namespace vmacheck
