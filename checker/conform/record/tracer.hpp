// Runs a program under ptrace and reports its system calls, threads and programs in the order in which they took effect.
//
// Calls of threads that share an address space are carried out one at a time: while a thread is in a call that changes
// or copies the address space, the others are kept at their next stop. A thread that waits in another call (futex, read)
// is left there; it stops on its way out. Where a call does not end within hold_limit, since it may wait for one of the
// others, these continue, and the calls overlap.
//
// Nothing outlives the tracer: the kernel kills what is traced when the tracer ends in whatever way.
#pragma once

#include "checker/conform/record/traced_call.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace vmacheck {

// ptrace is not permitted, or the program cannot be started. what() is the whole message.
class TracerError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// What the tracer reports. During a call of these the thread named stands still.
class TraceListener {
public:
    virtual ~TraceListener() = default;
    // A program begins: the thread has a new address space, and is its process's only thread. `former`: its id before,
    // if it was not the first thread of its process.
    virtual void executed(pid_t thread, pid_t former) = 0;
    virtual void started(pid_t parent, pid_t child, const TracedCall& call, std::uint64_t clone_flags) = 0;
    // Before a call that changes or copies the address space, while the others of it stand still.
    virtual void entered(pid_t thread, const TracedCall& call) = 0;
    // After one that changes it, likewise.
    virtual void ended(pid_t thread, const TracedCall& call) = 0;
    // After another call that name_of_call knows; calls that start threads or programs only where they failed.
    virtual void returned(pid_t thread, const TracedCall& call) = 0;
    virtual void left(pid_t thread) = 0;
};

struct TraceOptions {
    std::vector<std::string> command;  // program and its arguments
    bool randomise = true;             // false: without address randomisation
    std::chrono::milliseconds hold_limit{2000};
    // How long processes may continue after the program itself has ended, before they are killed.
    std::chrono::milliseconds linger_limit{2000};
};

// How the program itself ended.
struct TraceEnd {
    bool killed = false;
    int status = 0;                // exit code, or the signal that killed it
    std::size_t overlapping = 0;   // calls during which others went on
    std::size_t killed_after = 0;  // processes that were still there linger_limit after its end
    std::size_t foreign = 0;       // calls of another architecture (32 bits), which are not reported
};

// Throws TracerError.
TraceEnd trace_program(const TraceOptions& options, TraceListener& listener);

}  // namespace vmacheck
