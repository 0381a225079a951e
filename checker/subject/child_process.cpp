#include "checker/subject/child_process.hpp"

#include "traces/format/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

namespace vmacheck {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kept_message_bytes = 32768;
constexpr milliseconds patience_at_the_end{1000};

struct Pipe {
    Pipe() {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw SubjectLost(fmt::format("no pipe: {}", std::strerror(errno)));
    }
    ~Pipe() {
        for (const int each : ends)
            if (each >= 0) close(each);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    // The end is the caller's from now on.
    int take(std::size_t end) {
        const int taken = ends.at(end);
        ends.at(end) = -1;
        return taken;
    }
    std::array<int, 2> ends{-1, -1};
};

// In the new process, with calls only that are safe there. Returns only if the program cannot be started.
void become(char* const* arguments, const std::array<int, 3>& streams) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < 3; ++i)
        if (dup2(streams.at(static_cast<std::size_t>(i)), i) < 0) return;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int each : {SIGPIPE, SIGINT, SIGTERM, SIGCHLD}) std::signal(each, SIG_DFL);
    execvp(arguments[0], arguments);
}

// Of the process between this program and the one that is started.
pid_t guarded_group = 0;

void kill_guarded(int) {
    kill(-guarded_group, SIGKILL);
}

// Those that left the group became children of the guard when their parents ended. One sweep kills those there are.
void kill_children() {
    std::array<char, 4096> text{};
    const int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    const ssize_t got = file < 0 ? 0 : read(file, text.data(), text.size() - 1);
    if (file >= 0) close(file);
    pid_t number = 0;
    for (ssize_t i = 0; i < got; ++i) {
        const char each = text.at(static_cast<std::size_t>(i));
        if (each >= '0' && each <= '9') {
            number = number * 10 + (each - '0');
            continue;
        }
        if (number > 0) kill(number, SIGKILL);
        number = 0;
    }
}

// Waits for the program and ends all that it started: when it ends, and when this program does.
[[noreturn]] void guard(int status_end) {
    bool ended = false;
    for (int sweeps = 0; sweeps < 500;) {
        int status = 0;
        const pid_t found = waitpid(-1, &status, ended ? WNOHANG : 0);
        if (found < 0 && errno == EINTR) continue;
        if (found < 0) break;
        if (found == guarded_group) {
            ended = true;
            if (write(status_end, &status, sizeof(status)) < 0) break;
        }
        if (!ended) continue;
        kill_guarded(0);
        kill_children();
        if (found != 0) continue;
        ++sweeps;
        const timespec moment{0, 2'000'000};
        nanosleep(&moment, nullptr);
    }
    _exit(0);
}

// Writes without the signal that a closed pipe raises. As write(2).
ssize_t write_quietly(int file, std::string_view bytes) {
    sigset_t pipe_signal;
    sigset_t before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    const ssize_t written = write(file, bytes.data(), bytes.size());
    const int why = errno;
    if (written < 0 && why == EPIPE && sigismember(&before, SIGPIPE) == 0) {
        const timespec now{};
        sigtimedwait(&pipe_signal, nullptr, &now);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = why;
    return written;
}

std::string last_line(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return escape_control(text.substr(text.rfind('\n') + 1));
}

std::string status_text(int status) {
    if (WIFEXITED(status)) return fmt::format("it ended with exit code {}", WEXITSTATUS(status));
    if (WIFSIGNALED(status)) return fmt::format("it was ended by signal {}", WTERMSIG(status));
    return "it ended";
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) : name_(command.empty() ? "" : command.front()) {
    if (command.empty()) throw SubjectLost("no command to start");
    start(command);
}

void ChildProcess::start(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    Pipe in;
    Pipe out;
    Pipe messages;
    Pipe failure;  // closed by a successful exec
    Pipe status;
    const pid_t self = getpid();
    pid_ = fork();
    if (pid_ < 0) throw SubjectLost(fmt::format("{}: no process: {}", name_, std::strerror(errno)));
    if (pid_ == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        guarded_group = fork();
        if (guarded_group == 0) {
            setpgid(0, 0);
            become(arguments.data(), {in.ends[0], out.ends[1], messages.ends[1]});
            const int why = errno;
            _exit(write(failure.ends[1], &why, sizeof(why)) == sizeof(why) ? 127 : 126);
        }
        for (Pipe* each : {&in, &out, &messages, &failure}) {
            close(each->ends[0]);
            close(each->ends[1]);
        }
        if (guarded_group < 0) _exit(1);
        setpgid(guarded_group, guarded_group);
        std::signal(SIGTERM, kill_guarded);
        if (getppid() != self) kill_guarded(0);  // this program ended before the guard was prepared for it
        guard(status.ends[1]);
    }
    status_ = status.take(0);
    setpgid(pid_, pid_);  // here too: the first of the two counts
    close(failure.take(1));
    input_ = in.take(1);
    output_ = out.take(0);
    messages_ = messages.take(0);
    for (const int each : {input_, output_, messages_}) fcntl(each, F_SETFL, O_NONBLOCK);
    int why = 0;
    if (read(failure.ends[0], &why, sizeof(why)) != sizeof(why)) return;
    end(milliseconds{0});
    throw SubjectLost(fmt::format("{}: cannot be started: {}", name_, std::strerror(why)));
}

ChildProcess::~ChildProcess() {
    end(patience_at_the_end);
}

void ChildProcess::end(milliseconds patience) {
    for (int* each : {&input_, &output_, &messages_}) {
        if (*each >= 0) close(*each);
        *each = -1;
    }
    if (pid_ < 0) return;
    pollfd ended{status_, POLLIN, 0};
    if (patience.count() > 0) poll(&ended, 1, static_cast<int>(patience.count()));
    kill(pid_, SIGTERM);  // the guard ends the rest, and then itself
    for (int i = 0; i < 3000; ++i) {
        if (waitpid(pid_, nullptr, WNOHANG) != 0) break;
        std::this_thread::sleep_for(milliseconds{1});
    }
    close(status_);
    pid_ = -1;
}

void ChildProcess::lose(const std::string& why) {
    read_messages();
    const std::string message = last_line(last_messages_);
    end(milliseconds{0});
    throw SubjectLost(fmt::format("{}: {}{}", name_, why, message.empty() ? "" : "; its last message: " + message));
}

void ChildProcess::read_messages() {
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t got = messages_ < 0 ? 0 : read(messages_, buffer.data(), buffer.size());
        if (got <= 0) {
            if (got == 0 && messages_ >= 0) {
                close(messages_);
                messages_ = -1;
            }
            return;
        }
        last_messages_.append(buffer.data(), static_cast<std::size_t>(got));
        if (last_messages_.size() <= kept_message_bytes) continue;
        const std::size_t dropped = last_messages_.size() - kept_message_bytes;
        last_messages_.erase(0, dropped);
        taken_ -= std::min(taken_, dropped);
    }
}

std::string ChildProcess::take_messages() {
    read_messages();
    std::string messages = last_messages_.substr(taken_);
    taken_ = last_messages_.size();
    return messages;
}

void ChildProcess::write_some() {
    const ssize_t written = write_quietly(input_, unsent_);
    if (written > 0) unsent_.erase(0, static_cast<std::size_t>(written));
    // The end is seen on the output.
    if (written < 0 && errno == EPIPE) unsent_.clear();
}

bool ChildProcess::exchange(milliseconds limit) {
    std::array<pollfd, 3> waited{
        {{output_, POLLIN, 0}, {messages_, POLLIN, 0}, {unsent_.empty() ? -1 : input_, POLLOUT, 0}}};
    const int ready = poll(waited.data(), waited.size(), static_cast<int>(limit.count()));
    if (ready == 0) return false;
    if (ready < 0) return true;  // a signal
    if ((waited[1].revents & (POLLIN | POLLHUP)) != 0) read_messages();
    if (waited[2].revents != 0) write_some();
    if ((waited[0].revents & (POLLIN | POLLHUP)) == 0) return true;
    std::array<char, 65536> buffer{};
    const ssize_t got = read(output_, buffer.data(), buffer.size());
    if (got < 0) return true;
    if (got == 0) {
        // It has ended, or closed its output, in which case it is not waited for.
        pollfd ended{status_, POLLIN, 0};
        int status = 0;
        const bool known = poll(&ended, 1, 100) == 1 && read(status_, &status, sizeof(status)) == sizeof(status);
        lose(known ? status_text(status) : "it closed its output");
    }
    answer_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
}

void ChildProcess::send(std::string_view line) {
    if (pid_ < 0) throw SubjectLost(name_ + ": it has ended");
    unsent_.append(line);
    unsent_ += '\n';
    write_some();
}

std::string ChildProcess::ask(std::string_view line, milliseconds limit) {
    send(line);
    return next_line(limit);
}

std::string ChildProcess::next_line(milliseconds limit) {
    if (pid_ < 0) throw SubjectLost(name_ + ": it has ended");
    const auto until = Clock::now() + limit;
    for (;;) {
        const std::size_t at = answer_.find('\n', looked_at_);
        if (at != std::string::npos) {
            std::string found = answer_.substr(0, at);
            answer_.erase(0, at + 1);
            looked_at_ = 0;
            return found;
        }
        looked_at_ = answer_.size();
        if (answer_.size() > max_answer_bytes) lose(fmt::format("its answer has more than {} bytes", max_answer_bytes));
        const auto rest = std::chrono::duration_cast<milliseconds>(until - Clock::now());
        if (rest.count() <= 0 || !exchange(rest))
            if (Clock::now() >= until) lose(fmt::format("no answer within {} ms", limit.count()));
    }
}

}  // namespace vmacheck
