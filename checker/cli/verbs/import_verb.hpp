// The verb that turns a recording of a real program into a trace.
#pragma once

#include "checker/cli/options/options.hpp"

namespace vmacheck::cli {

void add_import(CLI::App& app, Run& run);

}  // namespace vmacheck::cli
