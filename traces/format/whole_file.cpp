#include "traces/format/whole_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace vmacheck {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;

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

WholeFile::WholeFile(std::string path, Durable durable)
    : path_(std::move(path)), temporary_(fmt::format("{}.part{}", path_, getpid())), durable_(durable) {
    file_ = open(temporary_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
    if (file_ < 0) why_ = errno;
}

WholeFile::~WholeFile() {
    if (file_ < 0) return;
    close(file_);
    std::remove(temporary_.c_str());
}

void WholeFile::flush() {
    if (why_ == 0) why_ = write_all(file_, buffer_);
    buffer_.clear();
}

void WholeFile::append(std::string_view bytes) {
    if (!buffer_.empty() && buffer_.size() + bytes.size() > buffer_bytes) flush();
    if (bytes.size() <= buffer_bytes)
        buffer_ += bytes;
    else if (why_ == 0)
        why_ = write_all(file_, bytes);
}

std::optional<std::string> WholeFile::finish() {
    flush();
    if (const int file = std::exchange(file_, -1); file >= 0) {
        if (why_ == 0 && durable_ == Durable::yes && fsync(file) != 0) why_ = errno;
        if (close(file) != 0 && why_ == 0) why_ = errno;
        if (why_ == 0 && std::rename(temporary_.c_str(), path_.c_str()) != 0) why_ = errno;
        if (why_ != 0) std::remove(temporary_.c_str());
    }
    if (why_ == 0) return std::nullopt;
    return fmt::format("{}: cannot be written: {}", path_, std::strerror(why_));
}

std::optional<std::string> write_whole_file(const std::string& path, std::string_view bytes, Durable durable) {
    WholeFile file(path, durable);
    file.append(bytes);
    return file.finish();
}

}  // namespace vmacheck
