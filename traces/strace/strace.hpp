// The text that strace prints, cut into calls.
//
// Lines as `strace -f -o FILE` writes them ("6752  mmap(NULL, 8192, ...) = 0x7ffff7fc0000") or as it prints to a
// terminal ("[pid 6752] mmap(..."), with or without time stamps (-t, -tt, -ttt, -r) and descriptors annotated with
// paths (-y). A call that other threads interrupted stands on two lines, "... <unfinished ...>" and "<... mmap
// resumed>...", which are put together again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmacheck {

struct StraceArgument {
    std::string text;        // as printed, without surrounding blanks
    std::size_t line = 0;    // where it stands, from 1
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
    std::size_t begun = 0;   // line where it began, from 1
    std::size_t ended = 0;   // line where its result stands; the last line of the log + 1 if it never returned
    std::size_t column = 0;  // of its name, on the line where it began
    // Lines of other threads stand between its beginning and its end, so the order of their effects is not known.
    [[nodiscard]] bool interrupted() const { return begun != ended; }
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

// ------------------------------------------------------------------------------------------------ values of arguments
// Each throws InputError at the argument's place if it has another form.

// 8192, 0x1000, 0666, -1 (as 2^64 - 1), NULL, 8192*1024, 1<<20, and sums of such.
std::uint64_t number_of(const StraceArgument& argument);

// "PROT_READ|PROT_WRITE|0x8": names with this prefix, numbers, and the name with prefix "NONE" or "0" for nothing.
// `lookup` gives the bits of a name without its prefix.
using FlagLookup = std::optional<std::uint64_t> (*)(std::string_view name);
std::uint64_t flags_of(const StraceArgument& argument, std::string_view prefix, FlagLookup lookup);

// Names joined by '|', as they stand.
std::vector<std::string> names_of(const StraceArgument& argument);

struct Descriptor {
    std::int64_t number = -1;
    std::string path;  // from -y; empty without
};
Descriptor descriptor_of(const StraceArgument& argument);

// "\"/etc/passwd\"" as /etc/passwd. An abbreviated string ("..."...) gives its beginning.
std::string string_of(const StraceArgument& argument);

// The value of a field of a printed struct, {flags=CLONE_VM|CLONE_FS, stack=0x1000}; nothing if it has none of that
// name.
std::optional<StraceArgument> field_of(const StraceArgument& argument, std::string_view name);

}  // namespace vmacheck
