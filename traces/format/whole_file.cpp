#include "traces/format/whole_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace vmacheck {
namespace {

// errno of what failed; 0.
int write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

}  // namespace

std::optional<std::string> write_whole_file(const std::string& path, std::string_view bytes, Durable durable) {
    const std::string temporary = fmt::format("{}.part{}", path, getpid());
    const int file = open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
    if (file < 0) return fmt::format("{}: cannot be written: {}", path, std::strerror(errno));
    int why = write_all(file, bytes);
    if (why == 0 && durable == Durable::yes && fsync(file) != 0) why = errno;
    if (close(file) != 0 && why == 0) why = errno;
    if (why == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) why = errno;
    if (why == 0) return std::nullopt;
    std::remove(temporary.c_str());
    return fmt::format("{}: cannot be written: {}", path, std::strerror(why));
}

}  // namespace vmacheck
