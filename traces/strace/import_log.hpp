// A log as a whole, and helpers for one call. Internal to traces/strace.
#pragma once

#include "traces/strace/strace.hpp"
#include "traces/strace/strace_values.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace vmacheck {

bool one_of(std::string_view name, std::initializer_list<std::string_view> names);
// clone, clone3, fork or vfork that succeeded.
bool starts_thread(const StraceCall& call);
// Throws InputError if the call has fewer arguments.
const StraceArgument& argument(const StraceCall& call, std::size_t index);

// Bytes: the old limit that the first prlimit64 of RLIMIT_STACK shows, which is the one execve saw.
std::optional<std::uint64_t> first_stack_limit(const StraceLog& log);
// Bytes: what the first brk from call `first` on returned, if it was brk(NULL).
std::optional<std::uint64_t> first_break(const StraceLog& log, std::size_t first);

// Indices of the calls from `first` on, in the order of the lines on which they end. A clone comes before the first line
// of its child, which can precede the clone's own end.
std::vector<std::size_t> order_of_effects(const StraceLog& log, std::size_t first);

// CLONE_VM, CLONE_FILES ...; none for fork and vfork.
std::vector<std::string> clone_flags(const StraceCall& call);

}  // namespace vmacheck
