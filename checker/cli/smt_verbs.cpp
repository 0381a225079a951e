#include "checker/cli/smt_verbs.hpp"

#include "checker/cli/trace_input.hpp"

namespace vmacheck::cli {

void apply_model_options(const ModelOptions& options, TraceHeader& header) {
    const ReplayOptions model = model_options(options);
    if (model.profile) header.profile = *model.profile;
    if (model.faults) header.faults = *model.faults;
    if (model.shipped) header.shipped = *model.shipped;
}

}  // namespace vmacheck::cli
