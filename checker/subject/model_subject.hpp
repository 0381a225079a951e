// The model as a subject: a World, which does and shows everything.
#pragma once

#include "checker/subject/layout_digest.hpp"
#include "checker/subject/subject.hpp"
#include "model/state/outcome.hpp"
#include "model/state/world_fwd.hpp"

#include <memory>

namespace vmacheck {

// What an outcome of the World shows.
Answer answer_of(const Outcome<Plain>& outcome);

// layout_digest of a process of the World, of what is near the range; where there is no such process, that of no VMAs.
std::uint64_t layout_digest_of(const World<Plain>& world, std::size_t slot, const ByteRange& near);

class ModelSubject final : public Subject {
public:
    ModelSubject();
    ~ModelSubject() override;
    [[nodiscard]] SubjectInfo hello() const override;
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override;
    // Throws InternalAssertion if the model's own assumptions break.
    Answer step(const Op<Plain>& op) override;
    std::vector<Answer> perform(std::span<const Op<Plain>> ops, Layouts layouts) override;
    [[nodiscard]] Observation observe(const Detail& detail) override;

    // nullptr before the first reset.
    [[nodiscard]] const World<Plain>* world() const;

private:
    struct State;
    Setup setup_;
    std::unique_ptr<State> state_;  // nullptr before the first reset
};

}  // namespace vmacheck
