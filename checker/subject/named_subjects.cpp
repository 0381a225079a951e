#include "checker/subject/named_subjects.hpp"

#include "checker/subject/model_subject.hpp"
#include "model/profiles/profile.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

namespace vmacheck {
namespace {

constexpr std::array subjects{
    NamedSubject{"model:", "the model with this profile", ""},
};

// The model with one profile, whatever profile it is to start with.
class OtherProfile final : public Subject {
public:
    explicit OtherProfile(std::string profile) : profile_(std::move(profile)) {}
    [[nodiscard]] SubjectInfo hello() const override {
        SubjectInfo info = model_.hello();
        info.version = profile_;
        return info;
    }
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override {
        Setup other = setup;
        other.profile = profile_;
        return model_.reset(other);
    }
    Answer step(const Op<Plain>& op) override { return model_.step(op); }
    std::vector<Answer> perform(std::span<const Op<Plain>> ops, bool layouts) override {
        return model_.perform(ops, layouts);
    }
    [[nodiscard]] Observation observe(const Detail& detail) override { return model_.observe(detail); }

private:
    std::string profile_;
    ModelSubject model_;
};

std::string list_of_names() {
    std::string names;
    for (const NamedSubject& each : subjects) names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
    return names;
}

}  // namespace

std::span<const NamedSubject> named_subjects() {
    return subjects;
}

std::unique_ptr<Subject> subject_named(const std::string& name, const SubjectOptions&) {
    if (name.starts_with("model:")) {
        const std::string profile = name.substr(6);
        if (profile_named(profile) == nullptr)
            throw std::runtime_error(fmt::format("no profile '{}'; 'vmacheck list profiles' shows them", profile));
        return std::make_unique<OtherProfile>(profile);
    }
    throw std::runtime_error(fmt::format("no subject '{}'; there are {}", name, list_of_names()));
}

}  // namespace vmacheck
