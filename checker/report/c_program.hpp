// A trace as a C program that performs its calls, and says which result or VMA is not the expected one.
//
// It compiles with `cc` and needs nothing but Linux. Fixed addresses are moved to a range that is free in an ordinary
// program; a mapping that the kernel places is called by its variable, and so is what lies in it.
#pragma once

#include "checker/conform/model_results.hpp"
#include "traces/format/trace.hpp"

#include <string>
#include <variant>

namespace vmacheck {

// Why it cannot be a C program, in a few words.
struct NoProgram {
    std::string why;
};

// The program exits with 0 where everything is as expected, with 1 and a line where it is not, with 77 where it cannot
// have a file that it needs.
std::variant<std::string, NoProgram> c_program(const Trace& trace, const ModelResults& expected);

}  // namespace vmacheck
