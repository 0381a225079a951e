// The verbs that ask the solver.
#pragma once

#include "checker/cli/options/options.hpp"

namespace vmacheck::cli {

void add_reach(CLI::App& app, Run& run);
void add_guide(CLI::App& app, Run& run);
void add_prove(CLI::App& app, Run& run);

}  // namespace vmacheck::cli
