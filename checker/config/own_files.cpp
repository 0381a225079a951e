#include "checker/config/own_files.hpp"

#include <filesystem>

namespace vmacheck {

std::optional<std::string> installed_file(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path file = program.parent_path().parent_path() / "share/vmacheck" / path;
    return !error && fs::exists(file, error) ? std::optional(file.string()) : std::nullopt;
}

std::string own_file(const std::string& path) {
    return installed_file(path).value_or(std::string(VMACHECK_SOURCE_DIR "/") + path);
}

}  // namespace vmacheck
