// Where subjects keep what was downloaded or built for them: $XDG_CACHE_HOME/vmacheck, or ~/.cache/vmacheck.
#pragma once

#include <filesystem>

namespace vmacheck {

// Made if it is missing. Throws std::runtime_error: one clear line.
std::filesystem::path cache_directory();

}  // namespace vmacheck
