// Runs the program as a user does, for tests of its command line.
#pragma once

#include <string>
#include <vector>

// A directory of its own for one test, removed with all that is in it.
class Scratch {
public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
    // Writes a file and returns its path.
    [[nodiscard]] std::string file(const std::string& name, const std::string& text) const;
    [[nodiscard]] std::vector<std::string> names() const;  // of what is in it, sorted

private:
    std::string directory_;
};

struct Ran {
    int exit_code = -1;  // -1: killed by a signal, also when it did not end in time
    std::string out;
    std::string err;
};

// Runs the program with these arguments, at most a minute. `output`, if given, is the file standard output goes to.
Ran run_program(const std::vector<std::string>& arguments, const std::string& output = "");

// Any program, found as the shell finds it.
Ran run_command(const std::vector<std::string>& words);

// Runs a command and kills all processes that it has started after so many milliseconds. Whether there were any.
bool kill_children(const std::vector<std::string>& words, unsigned milliseconds);

// The program while it runs: it has a line to say, and then ends by a signal.
class Running {
public:
    explicit Running(const std::vector<std::string>& arguments);
    ~Running();  // kills it, if it still runs
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    // Waits for it, on standard output or standard error; without its line break. Empty: the program ended without one.
    [[nodiscard]] std::string first_line() const;
    Ran end(int signal);

private:
    Scratch scratch_;
    int child_;
    bool ended_ = false;
};

std::string contents(const std::string& path);

// Runs the program, and sends it the signal so many milliseconds after it has begun to take care of it itself.
Ran interrupt_program(const std::vector<std::string>& arguments, int signal, unsigned milliseconds = 200);

// Runs the program and kills it with SIGKILL after so many milliseconds, if it has not ended by then. Whether it was
// killed.
bool kill_program(const std::vector<std::string>& arguments, unsigned milliseconds);
