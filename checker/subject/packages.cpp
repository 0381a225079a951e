#include "checker/subject/packages.hpp"

#include "checker/subject/cache_directory.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace vmacheck {
namespace {

// Starts the command with this as its standard output and the null device as its input. Returns its pid; -1.
pid_t start_command(const std::vector<std::string>& command, int output) {
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t pid = -1;
    if (posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

int exit_code_of(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
    if (name.find('/') != std::string::npos)
        return access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
    const char* path = std::getenv("PATH");
    std::istringstream directories(path != nullptr ? path : "/usr/bin:/bin");
    for (std::string directory; std::getline(directories, directory, ':');) {
        std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return std::nullopt;
}

int run_command(const std::vector<std::string>& command) {
    const pid_t pid = start_command(command, STDERR_FILENO);
    return pid < 0 ? -1 : exit_code_of(pid);
}

std::string first_line_of(const std::vector<std::string>& command) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    const pid_t pid = start_command(command, ends[1]);
    close(ends[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; pid >= 0 && (got = read(ends[0], buffer.data(), buffer.size())) > 0;)
        if (text.size() < buffer.size()) text.append(buffer.data(), static_cast<std::size_t>(got));
    close(ends[0]);
    if (pid < 0 || exit_code_of(pid) != 0) return {};
    return text.substr(0, text.find('\n'));
}

std::optional<std::string> ensure_program(const std::string& program, const std::string& package, bool may_install) {
    if (find_program(program)) return std::nullopt;
    const std::string remedy = fmt::format("{} is missing; run: apt-get install {}", program, package);
    if (!may_install || !find_program("apt-get")) return remedy;
    std::vector<std::string> command{"apt-get", "install", "-y", "--no-install-recommends", package};
    if (geteuid() != 0) {
        if (!find_program("sudo")) return remedy;
        command.insert(command.begin(), "sudo");
    }
    fmt::print(stderr, "vmacheck: installing {}\n", package);
    if (run_command(command) != 0) {
        // The lists of packages may be old.
        std::vector<std::string> update(command.begin(), command.end() - 4);
        update.emplace_back("update");
        if (run_command(update) != 0 || run_command(command) != 0)
            return fmt::format("{} cannot be installed; {}", package, remedy);
    }
    return find_program(program) ? std::nullopt : std::optional(remedy);
}

std::filesystem::path unpacked_package(const UnpackedPackage& wanted, bool may_install) {
    namespace fs = std::filesystem;
    const fs::path target = cache_directory() / wanted.name;
    if (fs::exists(target)) return target;
    if (!may_install) throw std::runtime_error(wanted.package + " is not unpacked, and nothing may be downloaded");
    const fs::path work = cache_directory() / fmt::format("{}.part{}", wanted.package, getpid());
    fs::create_directories(work);
    fmt::print(stderr, "vmacheck: downloading {}\n", wanted.name);
    const std::string script = fmt::format("cd '{}' && apt-get download '{}' && {} && rm ./*.deb", work.string(),
                                           wanted.package, wanted.unpack);
    const bool done = run_command({"/bin/sh", "-c", script}) == 0;
    std::error_code error;
    if (done) fs::rename(work, target, error);
    fs::remove_all(work, error);
    if (!fs::exists(target)) throw std::runtime_error(wanted.package + " cannot be downloaded and unpacked");
    return target;
}

}  // namespace vmacheck
