// What `vmacheck list` prints.
#pragma once

#include <string>

namespace vmacheck::cli {

// what: "profiles", "faults" ...; format: "text", "json", or "markdown" where there is such a table. The exit code.
int run_list(const std::string& what, const std::string& format);

}  // namespace vmacheck::cli
