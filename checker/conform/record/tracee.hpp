// Starting the program that is traced, and single ptrace requests. Internal to checker/conform/record.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace vmacheck {

// Starts the program as a traced child that has not run yet; it stops at its execve. Throws TracerError: ptrace is not
// permitted, or the program cannot be executed.
pid_t start_traced(const std::vector<std::string>& command, bool randomise);

// Blocks SIGCHLD, so that it can be waited for with a limit, and ignores SIGINT and SIGQUIT, which a terminal sends to
// the program as well. Undone at the end.
class SignalsOfTracing {
public:
    SignalsOfTracing();
    ~SignalsOfTracing();
    SignalsOfTracing(const SignalsOfTracing&) = delete;
    SignalsOfTracing& operator=(const SignalsOfTracing&) = delete;
    // Waits for SIGCHLD, at most so long.
    static void wait_for_child(std::int64_t milliseconds);

private:
    struct Saved;
    Saved* saved_;
};

// The flags of a clone or clone3 that the thread is about to make; 0 where they cannot be read.
std::uint64_t clone_flags_of(pid_t thread, std::uint64_t number, std::uint64_t first_argument);

}  // namespace vmacheck
