// The program, as a function: for a main that adds properties first (properties/run/extra_properties.hpp).
#pragma once

namespace vmacheck::cli {

// Runs the command line, and returns the exit code. What goes wrong is printed; nothing is thrown.
int program(int argc, char** argv);

}  // namespace vmacheck::cli
