#include "checker/subject/cache_directory.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
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

DirectoryLock::DirectoryLock(const std::filesystem::path& directory) {
    const std::string path = (directory / "lock").string();
    file_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (file_ < 0) throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(errno)));
    while (flock(file_, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        const int error = errno;
        close(file_);
        throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(error)));
    }
}

DirectoryLock::~DirectoryLock() {
    close(file_);
}

}  // namespace vmacheck
