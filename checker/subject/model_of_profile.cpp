#include "checker/subject/model_of_profile.hpp"

#include "checker/subject/model_subject.hpp"

namespace vmacheck {
namespace {

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
    std::vector<Answer> perform(std::span<const Op<Plain>> ops, Layouts layouts) override {
        return model_.perform(ops, layouts);
    }
    [[nodiscard]] Observation observe(const Detail& detail) override { return model_.observe(detail); }

private:
    std::string profile_;
    ModelSubject model_;
};

}  // namespace

std::unique_ptr<Subject> model_of_profile(const std::string& profile) {
    return std::make_unique<OtherProfile>(profile);
}

}  // namespace vmacheck
