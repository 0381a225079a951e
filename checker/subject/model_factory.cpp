#include "checker/subject/model_factory.hpp"

#include "checker/subject/model_subject.hpp"

namespace vmacheck {

std::unique_ptr<Subject> new_model() {
    return std::make_unique<ModelSubject>();
}

}  // namespace vmacheck
