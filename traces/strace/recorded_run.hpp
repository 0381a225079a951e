// What a recorder that follows a program itself knows of it: its calls, as a log has them, its layout, its limits, and what
// it saw of the processes between the calls.
#pragma once

#include "model/op/parameters.hpp"
#include "traces/strace/strace.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vmacheck {

// A moment at which the recorder looked at a process.
struct Look {
    // Lines number the calls. The moment is after the calls that ended on lower lines, and before one that ended on this.
    std::size_t line = 0;
    std::uint32_t thread = 0;                 // of the process
    std::shared_ptr<const std::string> maps;  // text of /proc/PID/maps; none: it was not read
    // Anonymous pages, one in each VMA that has got any since the last look.
    std::vector<std::uint64_t> anonymous;
    bool ordered = false;  // they are in the order in which the VMAs got it; otherwise in that of addresses
};

// A program from its execve on, with the processes it forked as far as they did not execute another.
struct RecordedRun {
    std::string program;  // path
    std::string layout;   // text of /proc/PID/maps at its first instruction
    Parameters parameters;
    StraceLog log;                          // the first call is its execve
    std::vector<Look> looks;                // in the order in which they were taken
    std::map<std::string, FileSpec> files;  // by path: what was seen of each when it was first mapped
    bool faults_known = false;              // Look::anonymous was found at each call
    std::vector<std::string> notes;         // what the model does not follow, one sentence each
};

// Name of what is no call: a descriptor that was open when the program began, in the form of an openat.
inline constexpr const char* inherited_descriptor = "inherited descriptor";

}  // namespace vmacheck
