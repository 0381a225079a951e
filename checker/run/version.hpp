// The version of this program, as `vmacheck --version`, results and reports name it.
#pragma once

#include <string_view>

namespace vmacheck {

extern const std::string_view program_version;  // "0.1.0"

}  // namespace vmacheck
