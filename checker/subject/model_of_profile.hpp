// The model of one profile as a subject, whatever profile it is to start with.
#pragma once

#include "checker/subject/subject.hpp"

#include <memory>
#include <string>

namespace vmacheck {

// The profile must exist.
std::unique_ptr<Subject> model_of_profile(const std::string& profile);

}  // namespace vmacheck
