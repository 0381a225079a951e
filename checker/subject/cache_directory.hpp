// Where subjects keep what was downloaded or built for them: $XDG_CACHE_HOME/vmacheck, or ~/.cache/vmacheck.
#pragma once

#include <filesystem>

namespace vmacheck {

// Made if it is missing. Throws std::runtime_error: one clear line.
std::filesystem::path cache_directory();

// Held while a directory is built in: two builds at once would read each other's half-written files. The constructor
// waits as long as another run holds it.
class DirectoryLock {
public:
    explicit DirectoryLock(const std::filesystem::path& directory);
    ~DirectoryLock();
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;

private:
    int file_;
};

}  // namespace vmacheck
