// A trace as a C program that performs its calls, and reports the first result or VMA that is not the expected one.
//
// It compiles with `cc` and needs nothing but Linux. What it needs of the machine (files, limits, where the heap
// begins) it brings about for itself alone. Several processes take turns.
#pragma once

#include "checker/report/exports/exported.hpp"

namespace vmacheck {

// The program exits with 0 where everything is as expected; with 1 and a line where it is not; with 77 and a line where
// it cannot have what it needs. Throws as results_on_model.
std::variant<Exported, NoExport> c_program(const Trace& trace);
// The steps as they are.
std::variant<Exported, NoExport> c_program(const Performed& performed);
// The steps of the trace that it can perform.
std::variant<Performed, NoExport> c_steps(const Trace& trace);

}  // namespace vmacheck
