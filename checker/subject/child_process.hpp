// A program that answers lines: started with pipes to its standard input and output, killed with all that it started, also
// where this program itself is killed.
#pragma once

#include "checker/subject/subject.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace vmacheck {

class ChildProcess {
public:
    // command[0] is found as execvp finds it. Throws SubjectLost if it cannot be started.
    explicit ChildProcess(const std::vector<std::string>& command);
    // Lets it end by itself for a moment, as its input has ended; then kills it and all that it started.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // Writes the line, as much of it as the program takes now; next_line() writes the rest. Throws SubjectLost if the
    // program has ended.
    void send(std::string_view line);

    // The next line that it writes, without the line break. Throws SubjectLost if the program ends, writes more than
    // max_answer_bytes without a line break, or does not write in time; it is killed then.
    std::string next_line(std::chrono::milliseconds limit);

    // Sends a line and waits for the next one of the program.
    std::string ask(std::string_view line, std::chrono::milliseconds limit);

    // What it has written to standard error since the last call; only the last of it where it is much.
    std::string take_messages();

    static constexpr std::size_t max_answer_bytes = std::size_t{64} << 20;

private:
    void start(const std::vector<std::string>& command);
    // Moves what can be moved: what is not sent yet in, answers and messages out. False: nothing came in time.
    bool exchange(std::chrono::milliseconds limit);
    void write_some();
    void read_messages();
    [[noreturn]] void lose(const std::string& why);
    void end(std::chrono::milliseconds patience);

    std::string name_;
    pid_t pid_ = -1;     // of its guard: the process that starts it, waits for it, and ends what it leaves
    int input_ = -1;     // of the program
    int output_ = -1;    // of the program
    int messages_ = -1;  // its standard error
    int status_ = -1;    // how it ended
    std::string unsent_;
    std::string answer_;
    std::size_t looked_at_ = 0;  // bytes of answer_ that hold no line break
    std::string last_messages_;  // the last few kilobytes
    std::size_t taken_ = 0;      // bytes of them that take_messages gave
};

}  // namespace vmacheck
