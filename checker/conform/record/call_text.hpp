// A traced call as the importer reads it: arguments as strace prints them, or as numbers where it reads those.
#pragma once

#include "checker/conform/record/traced_call.hpp"
#include "traces/strace/strace.hpp"

#include <sys/types.h>

#include <optional>

namespace vmacheck {

// Reads what arguments point to from the thread, which stands still after the call. Nothing: a call that says nothing
// about address spaces or descriptors, such as another ioctl. Lines are left 0.
std::optional<StraceCall> text_of_call(pid_t thread, const TracedCall& call);

// clone, vfork or fork, whose result is the new thread's id.
StraceCall text_of_start(const TracedCall& call, std::uint64_t clone_flags);
// A descriptor of the process, as it was when its program began; nothing if it is closed or no file.
std::optional<StraceCall> text_of_inherited(pid_t process, int descriptor);
// "RLIMIT_AS": the limit on memory that the call changed; empty: it changed none.
std::string limit_changed_by(const TracedCall& call);
// A successful execve of the program.
StraceCall text_of_exec(const std::string& program);

}  // namespace vmacheck
