// --properties: shared objects with more properties (properties/run/extra_properties.hpp), for verbs that check any.
#pragma once

#include <CLI/CLI.hpp>

namespace vmacheck::cli {

// Loads them as they are read, before the verb runs; one that cannot be loaded is a bad option.
void add_properties_option(CLI::App& verb);

}  // namespace vmacheck::cli
