// The model that stands for a subject: the policies that its probes find, and the bugs that its kernel has.
#pragma once

#include "checker/cli/options/model_options.hpp"
#include "checker/subject/subject.hpp"

namespace vmacheck::cli {

// Replaces --profile auto by what the subject answers. Without --shipped the bugs that its kernel was released with are
// on, less those that were fixed in it since; of a model only where the option says so.
void choose_model_of(Subject& subject, ModelOptions& options);

}  // namespace vmacheck::cli
