// The text that strace prints, cut into calls.
//
// Lines as `strace -f -o FILE` writes them ("6752  mmap(NULL, 8192, ...) = 0x7ffff7fc0000") or as it prints to a
// terminal ("[pid 6752] mmap(..."), with or without time stamps (-t, -tt, -ttt, -r) and descriptors annotated with
// paths (-y). A call during which other threads ran is printed in two halves, "... <unfinished ...>" and
// "<... mmap resumed>...", which are joined.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct StraceArgument {
    std::string text;        // as printed, without surrounding blanks
    std::size_t line = 0;    // of the log, from 1
    std::size_t column = 0;  // from 1
};

struct StraceResult {
    bool known = false;       // false: "= ?", or the log ended before the call returned
    bool failed = false;      // -1 with an errno
    std::uint64_t value = 0;  // of a call that succeeded
    std::string error;        // "ENOMEM", if it failed; also for "? ERESTARTSYS"
    std::string path;         // annotation of a returned descriptor
};

struct StraceCall {
    std::uint32_t thread = 0;  // id; 0 where lines carry none
    std::string name;
    std::vector<StraceArgument> arguments;
    StraceResult result;
    std::size_t begun = 0;  // line where it began, from 1
    // Line where its result stands; the last line of the log + 1 if it never returned. Where it is not `begun`, other
    // threads ran in between, and the order of the effects is not known.
    std::size_t ended = 0;
    std::size_t column = 0;  // of its name, on the line where it began
};

// A thread's end: "+++ exited with 0 +++", "+++ killed by SIGKILL +++".
struct StraceExit {
    std::uint32_t thread = 0;
    std::size_t line = 0;
};

struct StraceLog {
    std::vector<StraceCall> calls;  // in the order in which they ended
    std::vector<StraceExit> exits;  // in the order of lines
    std::size_t lines = 0;
};

// Throws InputError on a line that is none of strace's, an end without a beginning, or brackets that do not close.
StraceLog parse_strace(std::string_view text);

}  // namespace vmacheck
