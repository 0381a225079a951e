// Text of C compiled with the machine's cc and run on its kernel.
#pragma once

#include <string>

namespace vmacheck {

struct ProgramRun {
    int status = -1;     // exit status; -1: it does not compile without a warning, -2: it ended otherwise
    std::string output;  // of the compiler, or of the program
};

bool has_compiler();
ProgramRun compile_and_run(const std::string& text);

}  // namespace vmacheck
