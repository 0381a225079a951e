#include "checker/cli/options/output_files.hpp"

#include "checker/cli/options/messages.hpp"
#include "checker/run/verdict.hpp"
#include "traces/format/whole_file.hpp"
#include "traces/format/writer.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace vmacheck::cli {

namespace fs = std::filesystem;

std::optional<std::string> why_not_a_file(const std::string& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (fs::is_regular_file(status)) return std::nullopt;
    if (status.type() == fs::file_type::not_found) return path + ": no such file or directory";
    if (error) return path + ": " + error.message();
    return path + ": not a regular file; give the path of a file on disk";
}

void write_trace_to(const std::string& path, const Trace& trace) {
    std::error_code error;
    if (fs::exists(path, error))
        if (const auto wrong = why_not_a_file(path)) throw OutputError(*wrong);
    if (const auto wrong = write_trace_file(path, trace)) throw OutputError(*wrong);
}

void write_text_to(const std::string& path, const std::string& text) {
    std::error_code error;
    if (fs::exists(path, error))
        if (const auto wrong = why_not_a_file(path)) throw OutputError(*wrong);
    if (const auto wrong = write_whole_file(path, text)) throw OutputError(*wrong + "; choose another path");
}

namespace {

// Makes what would be made, under a name of this process, and takes it away again. errno of what failed; 0.
int try_directory(const fs::path& path) {
    const std::string name = fmt::format("{}.part{}", path.string(), getpid());
    if (mkdir(name.c_str(), 0777) != 0 && errno != EEXIST) return errno;  // a killed run of this number left it
    rmdir(name.c_str());
    return 0;
}

int try_file(const std::string& path) {
    const std::string name = fmt::format("{}.part{}", path, getpid());
    const int file = open(name.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
    if (file < 0) return errno;
    close(file);
    unlink(name.c_str());
    return 0;
}

}  // namespace

void expect_directory(const std::string& path) {
    // The part of the path that exists must be a directory that may be written to.
    std::error_code error;
    fs::path existing = fs::absolute(path, error).lexically_normal();
    fs::path below = existing / "finding";
    while (!fs::exists(existing, error) && !fs::is_symlink(existing, error) && existing.has_relative_path()) {
        below = existing;
        existing = existing.parent_path();
    }
    if (!fs::is_directory(existing, error))
        throw OutputError(path + ": not a directory; give the path of a directory, which need not exist yet");
    if (const int why = try_directory(below); why != 0)
        throw OutputError(
            fmt::format("{}: cannot be written to: {}; choose another directory", path, std::strerror(why)));
}

void expect_file(const std::string& path) {
    std::error_code error;
    if (fs::exists(path, error))
        if (const auto wrong = why_not_a_file(path)) throw OutputError(*wrong);
    if (const int why = try_file(path); why != 0)
        throw OutputError(fmt::format("{}: cannot be written: {}; choose another path", path, std::strerror(why)));
}

void make_directory(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) throw OutputError(path + ": cannot be made: " + error.message());
}

bool OutputErrors::attempt(const std::function<void()>& write) {
    try {
        write();
        return true;
    } catch (const std::runtime_error& error) {
        wrong_.emplace_back(error.what());
        return false;
    }
}

boost::json::array OutputErrors::errors() const {
    return boost::json::array(wrong_.begin(), wrong_.end());
}

int OutputErrors::finish(int code) const {
    if (!failed()) return code;
    for (const std::string& each : wrong_) print_error(each);
    return exit_code(Verdict::bad_input);
}

}  // namespace vmacheck::cli
