// Subjects for tests: the model with other rules, or with other answers.
#pragma once

#include "checker/subject/model_subject.hpp"

#include <functional>

namespace vmacheck {

// A model that does not say so, but has another profile or other faults than the setup it is given.
class OtherModel final : public Subject {
public:
    OtherModel(std::string profile, std::vector<std::string> faults)
        : profile_(std::move(profile)), faults_(std::move(faults)) {}
    [[nodiscard]] SubjectInfo hello() const override { return model_.hello(); }
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override {
        Setup other = setup;
        other.profile = profile_;
        other.faults = faults_;
        return model_.reset(other);
    }
    Answer step(const Op<Plain>& op) override { return model_.step(op); }
    [[nodiscard]] Observation observe(const Detail& detail) override { return model_.observe(detail); }

private:
    std::string profile_;
    std::vector<std::string> faults_;
    ModelSubject model_;
};

// The model, but for what a test changes: whether it starts, what it refuses, each answer, and what it reports at the end.
class ChangedModel final : public Subject {
public:
    std::function<std::optional<std::string>()> starts = [] { return std::nullopt; };
    std::function<bool(const Op<Plain>&)> refused = [](const Op<Plain>&) { return false; };
    std::function<void(const Op<Plain>&, Answer&)> change = [](const Op<Plain>&, Answer&) {};
    bool fails_own_allocations = false;  // of which one may fail, as `change` says
    bool takes_limits = false;
    std::function<void(const Setup&)> begins = [](const Setup&) {};
    std::function<std::vector<Violation>()> ends = [] { return std::vector<Violation>(); };

    [[nodiscard]] SubjectInfo hello() const override {
        SubjectInfo info = model_.hello();
        info.capabilities.fails_own_allocations = fails_own_allocations;
        info.capabilities.takes_limits = takes_limits;
        return info;
    }
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override {
        if (auto wrong = starts()) return wrong;
        begins(setup);
        return model_.reset(setup);
    }
    [[nodiscard]] std::optional<std::string> refuses(const Op<Plain>& op) const override {
        return refused(op) ? std::optional("it has no " + std::string(name(op.kind))) : std::nullopt;
    }
    Answer step(const Op<Plain>& op) override {
        Answer answer = model_.step(fails_own_allocations ? without_failure(op) : op);
        change(op, answer);
        return answer;
    }
    [[nodiscard]] Observation observe(const Detail& detail) override { return model_.observe(detail); }
    [[nodiscard]] std::vector<Violation> end() override { return ends(); }

private:
    ModelSubject model_;
};

}  // namespace vmacheck
