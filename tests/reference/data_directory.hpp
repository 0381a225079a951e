// Where the recordings lie.
#pragma once

#include <cstdlib>
#include <string>

namespace vmacheck::reference {

// Those of this repository.
inline std::string bundled_data_directory() {
    return VMACHECK_BUNDLED_REFERENCE_DIR;
}

// Those to compare with: the environment's VMACHECK_REFERENCE_DIR, or those of this repository.
inline std::string data_directory() {
    const char* chosen = std::getenv("VMACHECK_REFERENCE_DIR");
    return chosen != nullptr && *chosen != '\0' ? chosen : bundled_data_directory();
}

}  // namespace vmacheck::reference
