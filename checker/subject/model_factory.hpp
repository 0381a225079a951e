// A model as a subject, for those that see no World.
#pragma once

#include "checker/subject/subject.hpp"

#include <memory>

namespace vmacheck {

std::unique_ptr<Subject> new_model();

}  // namespace vmacheck
