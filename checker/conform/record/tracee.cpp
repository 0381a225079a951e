#include "checker/conform/record/tracee.hpp"

#include "checker/conform/record/tracer.hpp"

#include <fmt/format.h>

#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace vmacheck {
namespace {

// Both ends are closed on execve.
struct Pipe {
    int read_end = -1;
    int write_end = -1;
    Pipe() {
        int ends[2] = {-1, -1};
        if (pipe2(ends, O_CLOEXEC) != 0) throw TracerError(std::string("no pipe: ") + std::strerror(errno));
        read_end = ends[0];
        write_end = ends[1];
    }
    ~Pipe() {
        close_end(read_end);
        close_end(write_end);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    static void close_end(int& end) {
        if (end >= 0) close(end);
        end = -1;
    }
};

// In the child: waits until it is traced, then becomes the program. Only calls that are safe after fork.
[[noreturn]] void become(char* const* command, bool randomise, const Pipe& go, const Pipe& failure,
                         const sigset_t& mask) {
    char byte = 0;
    close(go.write_end);
    while (read(go.read_end, &byte, 1) < 0 && errno == EINTR) {
    }
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    if (!randomise) personality(static_cast<unsigned long>(personality(0xffffffff)) | ADDR_NO_RANDOMIZE);
    execvp(command[0], command);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(failure.write_end, &error, sizeof error);
    _exit(127);
}

}  // namespace

pid_t start_traced(const std::vector<std::string>& command, bool randomise) {
    std::vector<char*> words;
    for (const std::string& each : command) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    Pipe go;
    Pipe failure;
    sigset_t mask;
    sigprocmask(SIG_SETMASK, nullptr, &mask);
    sigdelset(&mask, SIGCHLD);  // blocked by the tracer; a program starts without
    const pid_t child = fork();
    if (child < 0) throw TracerError(std::string("no process for the program: ") + std::strerror(errno));
    if (child == 0) become(words.data(), randomise, go, failure, mask);

    constexpr unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                      PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, child, nullptr, options) != 0) {
        const int error = errno;
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        throw TracerError(fmt::format(
            "ptrace is not permitted here: {}; run where a process may trace its own children", std::strerror(error)));
    }
    Pipe::close_end(go.write_end);  // the child continues
    Pipe::close_end(failure.write_end);
    int error = 0;
    // The read ends when execve closed the pipe, which is before the stop that reports it.
    ssize_t got = 0;
    while ((got = read(failure.read_end, &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (got == sizeof error) {
        waitpid(child, nullptr, __WALL);
        throw TracerError(fmt::format("{}: cannot be executed: {}", command[0], std::strerror(error)));
    }
    return child;
}

struct SignalsOfTracing::Saved {
    sigset_t mask;
    struct sigaction interrupt;
    struct sigaction quit;
};

SignalsOfTracing::SignalsOfTracing() : saved_(new Saved) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &saved_->mask);
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &saved_->interrupt);
    sigaction(SIGQUIT, &ignore, &saved_->quit);
}

SignalsOfTracing::~SignalsOfTracing() {
    sigaction(SIGINT, &saved_->interrupt, nullptr);
    sigaction(SIGQUIT, &saved_->quit, nullptr);
    sigprocmask(SIG_SETMASK, &saved_->mask, nullptr);
    delete saved_;
}

void SignalsOfTracing::wait_for_child(std::int64_t milliseconds) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    timespec limit{milliseconds / 1000, milliseconds % 1000 * 1000000};
    sigtimedwait(&child, nullptr, &limit);
}

std::uint64_t clone_flags_of(pid_t thread, std::uint64_t number, std::uint64_t first_argument) {
    if (number == SYS_vfork) return CLONE_VM | CLONE_VFORK;
    if (number == SYS_clone) return first_argument;
    if (number != SYS_clone3) return 0;
    std::uint64_t flags = 0;  // the first field of clone_args
    iovec local{&flags, sizeof flags};
    iovec remote{reinterpret_cast<void*>(first_argument), sizeof flags};
    return process_vm_readv(thread, &local, 1, &remote, 1, 0) == sizeof flags ? flags : 0;
}

}  // namespace vmacheck
