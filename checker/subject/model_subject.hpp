// The model as a subject: a World, which does and shows everything.
#pragma once

#include "checker/subject/subject.hpp"
#include "model/state/build.hpp"
#include "model/state/observe.hpp"

#include <memory>

namespace vmacheck {

// What an outcome of the World shows.
Answer answer_of(const Outcome<Plain>& outcome);

class ModelSubject final : public Subject {
public:
    [[nodiscard]] SubjectInfo hello() const override;
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override;
    // Throws InternalAssertion if the model's own assumptions break.
    Answer step(const Op<Plain>& op) override;
    [[nodiscard]] Observation observe(const Detail& detail) override;

    // nullptr before the first reset.
    [[nodiscard]] const World<Plain>* world() const { return world_.get(); }

private:
    Setup setup_;
    std::unique_ptr<World<Plain>> world_;
    AnonNumbers numbers_;
};

}  // namespace vmacheck
