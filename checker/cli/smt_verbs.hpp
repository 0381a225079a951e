// The verbs that ask the solver.
#pragma once

#include "checker/cli/verbs.hpp"
#include "traces/trace.hpp"

namespace vmacheck::cli {

void add_reach(CLI::App& app, Run& run);
void add_guide(CLI::App& app, Run& run);
void add_prove(CLI::App& app, Run& run);

// Profile, faults and shipped of the options, where they are given, into the header of what will be run.
void apply_model_options(const ModelOptions& options, TraceHeader& header);

}  // namespace vmacheck::cli
