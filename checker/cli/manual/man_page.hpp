// The manual page of the program, vmacheck(1), in the macros of man(7).
#pragma once

#include "checker/cli/manual/description.hpp"

#include <string>

namespace vmacheck::cli {

std::string man_page(const VerbDescription& program);

}  // namespace vmacheck::cli
