#include "checker/subject/cache_directory.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

namespace vmacheck {

std::filesystem::path cache_directory() {
    namespace fs = std::filesystem;
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    if ((cache == nullptr || *cache == '\0') && home == nullptr)
        throw std::runtime_error("no directory to keep what subjects need; set XDG_CACHE_HOME");
    const fs::path directory =
        cache != nullptr && *cache != '\0' ? fs::path(cache) / "vmacheck" : fs::path(home) / ".cache" / "vmacheck";
    std::error_code error;
    fs::create_directories(directory, error);
    if (error) throw std::runtime_error(fmt::format("{}: {}", directory.string(), error.message()));
    return directory;
}

}  // namespace vmacheck
