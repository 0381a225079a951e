// A trace as a test for the kernel's own tree: tools/testing/selftests/mm, with its harness and PROCMAP_QUERY.
#pragma once

#include "checker/report/exports/exported.hpp"

namespace vmacheck {

// One process, fixed addresses, and no access that raises a signal. `name` becomes the test's. Throws as results_on_model.
std::variant<Exported, NoExport> kselftest(const Trace& trace, const std::string& name);

// A name of a trace as an identifier in C: "case1-file" -> "case1_file".
std::string c_identifier(std::string_view name);

}  // namespace vmacheck
