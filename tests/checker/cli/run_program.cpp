#include "tests/checker/cli/run_program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace {

constexpr unsigned seconds_to_run = 60;

std::vector<std::string> program_words(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{VMACHECK_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

// Of the child, which may not return from here.
void run_child(const std::vector<std::string>& command, const std::string& out, const std::string& err) {
    std::vector<char*> words;
    for (const std::string& each : command) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    const int to_out = open(out.c_str(), O_WRONLY | O_CREAT, 0600);
    const int to_err = open(err.c_str(), O_WRONLY | O_CREAT, 0600);
    if (to_out < 0 || to_err < 0 || dup2(to_out, 1) < 0 || dup2(to_err, 2) < 0) _exit(99);
    alarm(seconds_to_run);  // lives on through exec, and kills a program that waits for ever
    execvp(words.front(), words.data());
    _exit(99);
}

pid_t start_command(const std::vector<std::string>& words, const std::string& out, const std::string& err) {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no process for the program");
    if (child == 0) run_child(words, out, err);
    return child;
}

pid_t start(const std::vector<std::string>& arguments, const std::string& out, const std::string& err) {
    return start_command(program_words(arguments), out, err);
}

int wait_for(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, 0) != child) throw std::runtime_error("the program was lost");
    return status;
}

// Whether the process has a handler for the signal.
bool catches(pid_t process, int signal) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    const std::string start = "SigCgt:";
    for (std::string line; std::getline(status, line);)
        if (line.rfind(start, 0) == 0) {
            const std::uint64_t caught = std::stoull(line.substr(start.size()), nullptr, 16);
            return (caught >> (signal - 1) & 1) != 0;
        }
    return false;
}

bool has_ended(pid_t child) {
    siginfo_t info = {};
    return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

}  // namespace

Scratch::Scratch() {
    std::string name = std::filesystem::temp_directory_path().string() + "/vmacheck-cli-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = name;
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::string Scratch::file(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
}

std::vector<std::string> Scratch::names() const {
    std::vector<std::string> names;
    for (const auto& each : std::filesystem::directory_iterator(directory_)) names.push_back(each.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Ran run_program(const std::vector<std::string>& arguments, const std::string& output) {
    const Scratch scratch;
    const std::string out = output.empty() ? scratch.path("out") : output;
    const std::string err = scratch.path("err");
    const int status = wait_for(start(arguments, out, err));
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output.empty() ? contents(out) : "", contents(err)};
}

Ran run_command(const std::vector<std::string>& words) {
    const Scratch scratch;
    const int status = wait_for(start_command(words, scratch.path("out"), scratch.path("err")));
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(scratch.path("out")), contents(scratch.path("err"))};
}

bool kill_children(const std::vector<std::string>& words, unsigned milliseconds) {
    const Scratch scratch;
    const pid_t child = start_command(words, scratch.path("out"), scratch.path("err"));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    std::vector<pid_t> killed;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(child) + "/task")) {
        std::ifstream children(task.path() / "children");
        for (pid_t each = 0; children >> each;)
            if (kill(each, SIGKILL) == 0) killed.push_back(each);
    }
    wait_for(child);
    return !killed.empty();
}

Running::Running(const std::vector<std::string>& arguments)
    : child_(start(arguments, scratch_.path("out"), scratch_.path("err"))) {}

Running::~Running() {
    if (ended_) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
}

std::string Running::first_line() const {
    for (;;) {
        const bool over = has_ended(child_);
        for (const char* const name : {"out", "err"}) {
            const std::string text = contents(scratch_.path(name));
            if (const std::size_t end = text.find('\n'); end != std::string::npos) return text.substr(0, end);
        }
        if (over) return {};
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

Ran Running::end(int signal) {
    kill(child_, signal);
    const int status = wait_for(child_);
    ended_ = true;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(scratch_.path("out")),
            contents(scratch_.path("err"))};
}

Ran interrupt_program(const std::vector<std::string>& arguments, int signal, unsigned milliseconds) {
    const Scratch scratch;
    const std::string out = scratch.path("out");
    const std::string err = scratch.path("err");
    const pid_t child = start(arguments, out, err);
    while (!catches(child, signal) && !has_ended(child)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    kill(child, signal);
    const int status = wait_for(child);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
}

bool kill_program(const std::vector<std::string>& arguments, unsigned milliseconds) {
    const Scratch scratch;
    const pid_t child = start(arguments, scratch.path("out"), scratch.path("err"));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    kill(child, SIGKILL);
    return WIFSIGNALED(wait_for(child));
}
