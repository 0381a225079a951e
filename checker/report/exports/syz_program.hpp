// A trace as a program of syzkaller, in its own text form.
#pragma once

#include "checker/report/exports/exported.hpp"

namespace vmacheck {

// Addresses are moved into the range that syzkaller's programs have for data, 16 MiB; such a program states no results.
// Throws as results_on_model.
std::variant<Exported, NoExport> syz_program(const Trace& trace);

}  // namespace vmacheck
